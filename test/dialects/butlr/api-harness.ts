// A real server with the Butlr door on a real store, and a client that speaks to it.

import { quietActs, type QuietParts } from "../../fixtures/owner-acts.ts";
import { type FastifyInstance, fastify } from "fastify";
import { systemRandom } from "../../../src/clock.ts";
import { sayWhenToRetry } from "../../../src/http/retry-after.ts";
import type { DestinationGuard } from "../../../src/delivery/destination-guard.ts";
import type { SensorStatus } from "../../../src/dialects/sensor-status.ts";
import { createButlr } from "../../../src/dialects/butlr/index.ts";
import { createKeyMaker } from "../../../src/auth/api-keys.ts";
import type { KeyAuthenticator } from "../../../src/auth/authenticator.ts";
import type { Principal, Role } from "../../../src/model/principal.ts";
import { openTestStore } from "../../fixtures/test-store.ts";
import type { ModelDocument } from "../../../src/building/document.ts";
import { createModelChanges } from "../../../src/organizations/replace-model.ts";
import type { Registry } from "../../../src/store/registry.ts";
import type { Store } from "../../../src/store/store.ts";
import { newSecret } from "../../../receiver/src/index.ts";
import { liveOrganizations } from "../../fixtures/live-organizations.ts";
import { notingLog } from "../../fixtures/noted-log.ts";
import { createSteeredClock, type SteeredClock } from "../../fixtures/steered-clock.ts";

const org = "org_1";

const principal = (key: string, role: Role, organization: string | null): Principal => ({
  key,
  role,
  organization,
  targets: [],
});

export const principals: Readonly<Record<string, Principal>> = {
  manager: principal("key_manager", "organization", org),
  viewer: principal("key_viewer", "viewer", org),
  ingest: principal("key_ingest", "ingest", org),
  building: { ...principal("key_building", "building", org), targets: ["building_1"] },
  operator: principal("key_operator", "operator", null),
  tenant: { ...principal("key_tenant", "tenant", org), targets: ["tenant_1"] },
  foreign: principal("key_foreign", "organization", "org_2"),
  foreignViewer: principal("key_foreign_viewer", "viewer", "org_2"),
};

const authenticator: KeyAuthenticator = {
  forget: () => {},
  forgetAll: () => {},
  principal: async (authorization) => principals[/^Bearer (\w+)$/.exec(authorization ?? "")?.[1] ?? ""] ?? null,
  login: async (clientId, clientSecret) => {
    const who = principals[clientId];
    return who && clientSecret === "secret" ? { accessToken: clientId, expiresIn: 3600, principal: who } : null;
  },
};

/** The guard's own tests are elsewhere; here it matters that it is asked and heard. */
export const guard: Pick<DestinationGuard, "url" | "header"> = {
  url: async (url) =>
    url.startsWith("https://")
      ? { allowed: true }
      : { allowed: false, code: "url_forbidden", message: "Use an https address." },
  header: (name) =>
    name.toLowerCase() === "host"
      ? { allowed: false, code: "header_forbidden", message: "The header is reserved." }
      : { allowed: true },
};

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly data: Record<string, unknown> | null | undefined;
  readonly errors: readonly {
    message: string;
    path?: unknown;
    extensions: { code: string; problems?: readonly { path: string; code: string; message: string }[] };
  }[];
}

export interface Door {
  /** It stands still unless a test moves it: points of keys come back with time, and long lists end early where it is over. */
  readonly clock: SteeredClock;
  readonly server: FastifyInstance;
  readonly store: Store;
  readonly registry: Registry;
  readonly logged: string[];
  /** Puts a building model, as its operator does. */
  put(model: object): Promise<ModelDocument>;
  /** Sends one operation as one of `principals`. */
  run(who: string, query: string, variables?: object, headers?: Record<string, string>): Promise<Answer>;
  close(): Promise<void>;
}

export async function openDoor(
  organizations: readonly string[] = [org, "org_2"],
  { status, acts = {} }: { readonly status?: SensorStatus; readonly acts?: Partial<QuietParts> } = {},
): Promise<Door> {
  const clock = createSteeredClock();
  const store = await openTestStore({
    directory: null,
    masterKey: systemRandom.bytes(32),
    clock,
  });
  for (const id of organizations) {
    const audit = { at: 0, actor: "system", action: "organization.create", object: id, detail: null };
    await store.registry.ensureOrganization(id, id, audit);
  }
  const { registry, place } = liveOrganizations(store.registry, clock);
  const models = createModelChanges({ registry, clock });
  const logged: string[] = [];
  const log = notingLog(({ facts, sentence }) => logged.push(`${sentence} ${JSON.stringify(facts)}`));
  const deps = {
    registry,
    place,
    models,
    authenticator,
    guard,
    clock,
    random: systemRandom,
    newSecret,
    keys: createKeyMaker({ registry, pepper: systemRandom.bytes(32), clock, random: systemRandom }),
    newSigningKey: () => ({ privateKey: "whsk_test", publicKey: "whpk_test" }),
    history: store.history,
    acts: quietActs({ registry, place, clock, ...acts }),
    eventsKeptMs: async () => 30 * 24 * 3_600_000,
    log,
    ...(status && { status }),
  };
  const server = fastify();
  sayWhenToRetry(server);
  await server.register(async (scope) => createButlr(deps).routes(scope));
  return {
    clock,
    server,
    store,
    registry,
    logged,
    put: async (model) => (await models.replace(principals["operator"]!, model)).document,
    async run(who, query, variables, headers = {}) {
      const response = await server.inject({
        method: "POST",
        url: "/api/v3/graphql",
        headers: { authorization: `Bearer ${who}`, "content-type": "application/json", ...headers },
        payload: JSON.stringify({ query, variables }),
      });
      const body = response.json();
      return { status: response.statusCode, text: response.body, data: body.data, errors: body.errors ?? [] };
    },
    async close() {
      await server.close();
      await store.close();
    },
  };
}
