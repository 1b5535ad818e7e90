// The reporting API over a real server and store, with minutes of one's own.

import { fastify } from "fastify";
import { createButlrRate } from "../../../../src/dialects/butlr/rate.ts";
import { sayWhenToRetry } from "../../../../src/http/retry-after.ts";
import type { ModelDocument } from "../../../../src/building/document.ts";
import { jsonBodies } from "../../../../src/dialects/butlr/bodies.ts";
import { reportingError, reportingRoutes } from "../../../../src/dialects/butlr/reporting/routes.ts";
import { createTurns } from "../../../../src/turns.ts";
import type { MinuteOf } from "../../../../src/model/minute.ts";
import { createModelChanges } from "../../../../src/organizations/replace-model.ts";
import { openTestStore } from "../../../fixtures/test-store.ts";
import type { Store } from "../../../../src/store/store.ts";
import { liveOrganizations } from "../../../fixtures/live-organizations.ts";
import { createSteeredClock, type SteeredClock } from "../../../fixtures/steered-clock.ts";
import { principals } from "../api-harness.ts";

export const now = Date.UTC(2026, 5, 17, 12, 0, 30);

export interface ReportAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Record<string, unknown>;
  readonly text: string;
}

export interface Reporting {
  readonly clock: SteeredClock;
  readonly store: Store;
  put(model: object): Promise<void>;
  keep(organization: string, minutes: readonly Partial<MinuteOf>[]): Promise<void>;
  /** `what`: `v3` or `v4`. */
  ask(what: "v3" | "v4", body: unknown, who?: string, headers?: Record<string, string>): Promise<ReportAnswer>;
  close(): Promise<void>;
}

/** A floor with two rooms, a zone in one of them, a door sensor at the floor's entrance and one at a room's. */
export const model = (organization = "org_1", prefix = ""): ModelDocument =>
  ({
    organization: { id: organization, name: "Example" },
    sites: [
      {
        id: `${prefix}site_1`,
        name: "Headquarters",
        timezone: "America/Los_Angeles",
        buildings: [
          {
            id: `${prefix}building_1`,
            name: "Main",
            floors: [
              {
                id: `${prefix}space_1`,
                name: "Ground",
                customID: "G",
                rooms: [
                  { id: `${prefix}room_1`, name: 'The "big" one', tags: [{ id: "tag_1", name: "quiet" }] },
                  { id: `${prefix}room_2`, name: "Small" },
                ],
                zones: [{ id: `${prefix}zone_1`, name: "Desk", room_id: `${prefix}room_1`, customID: "Z" }],
                hives: [{ id: `${prefix}hive_1`, serialNumber: `${prefix}0123` }],
                sensors: [
                  {
                    id: `${prefix}sensor_p`,
                    mac_address: `00-17-0d-00-00-00-0${prefix.length}-01`,
                    mode: "presence",
                    room_id: `${prefix}room_1`,
                    zone_ids: [`${prefix}zone_1`],
                    hive_id: `${prefix}hive_1`,
                  },
                  {
                    id: `${prefix}sensor_d`,
                    mac_address: `00-17-0d-00-00-00-0${prefix.length}-02`,
                    mode: "traffic",
                    is_entrance: true,
                    hive_id: `${prefix}hive_1`,
                  },
                  {
                    id: `${prefix}sensor_r`,
                    mac_address: `00-17-0d-00-00-00-0${prefix.length}-03`,
                    mode: "traffic",
                    room_id: `${prefix}room_2`,
                  },
                ],
              },
            ],
          },
        ],
      },
    ],
  }) as unknown as ModelDocument;

/** A minute with this value, observed as a whole. */
export const minuteOf = (series: MinuteOf["series"], subject: string, at: number, value: number, out = 0) => ({
  series,
  subject,
  at,
  value,
  out,
});

export async function openReporting(start = now): Promise<Reporting> {
  const clock = createSteeredClock(start);
  const store = await openTestStore({ directory: null, masterKey: new Uint8Array(32), clock });
  const { registry, place } = liveOrganizations(store.registry, clock);
  const models = createModelChanges({ registry, clock });
  const { epoch } = await store.ledger.acquire(start, 0);
  const authenticator = {
    principal: async (authorization: string | undefined) =>
      principals[/^Bearer (\w+)$/.exec(authorization ?? "")?.[1] ?? ""] ?? null,
    login: async () => null,
  };
  const server = fastify();
  sayWhenToRetry(server);
  await server.register(async (scope) => {
    jsonBodies(scope, reportingError, (error) => {
      throw error;
    });
    reportingRoutes(scope, {
      registry,
      authenticator,
      place,
      history: store.history,
      clock,
      rate: createButlrRate(clock),
      turns: createTurns(clock),
    });
  });
  return {
    clock,
    store,
    async put(document) {
      await models.replace(principals["operator"]!, document);
    },
    async keep(organization, minutes) {
      const whole = minutes.map((given): MinuteOf => {
        const { value = 0 } = given;
        const plain = { series: "presence", subject: "", at: 0, value, out: 0, observedS: 60, revision: 0 } as const;
        return { organization, min: value, max: value, mean: value, ...plain, ...given };
      });
      await store.ledger.accept([], { epoch, position: 0, rereadFrom: 0, subjects: [], entries: [], minutes: whole });
    },
    async ask(what, body, who = "viewer", headers = {}) {
      const response = await server.inject({
        method: "POST",
        url: what === "v3" ? "/api/v3/reporting" : "/api/v4/reporting/stats",
        headers: { authorization: `Bearer ${who}`, "content-type": "application/json", ...headers },
        payload: typeof body === "string" ? body : JSON.stringify(body),
      });
      const text = response.body;
      return { status: response.statusCode, headers: response.headers, body: JSON.parse(text), text };
    },
    async close() {
      await server.close();
      await store.close();
    },
  };
}
