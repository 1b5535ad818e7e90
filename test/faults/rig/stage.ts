// What most faults need: a server in a directory of its own, a receiver, subscriptions that all want every event, and a
// sender; and at the end, the figures and whatever broke a promise.

import type { Finding } from "../fault.ts";
import { checkLedger } from "./ledger.ts";
import { building, createLoad, type Load, type LoadOptions } from "./load.ts";
import { makePlace, untilNoneLeft } from "./places.ts";
import { type Receiver, startReceiver } from "./receiver.ts";
import { ask, metric, type Server, serve, type Start } from "./server.ts";

export interface Stage {
  readonly data: string;
  readonly receiver: Receiver;
  readonly load: Load;
  readonly subscriptions: number;
  server: Server;
  /** One more subscription, at `/number` of the receiver, which none of the checks counts. Returns its id. */
  subscribe(number: number): Promise<string>;
  /** Starts the server once more, on the same directory, and sends there. */
  restart(changes?: Partial<Start>): Promise<Server>;
  /** What was under way at three ends of the process is held: a person would resend it. Returns how many were. */
  resendHeld(): Promise<number>;
  /** Lets everything come to its end, stops the server in order, checks the ledger and that everything has arrived.
   * `replayed`: deliveries that replays added. */
  finish(figures: Finding["figures"], faults?: readonly string[], replayed?: number): Promise<Finding>;
}

export interface StageOptions extends Partial<Start>, LoadOptions {
  readonly subscriptions?: number;
}

const model = {
  organization: { id: "org_faults", name: "Faults" },
  sites: [{ id: "site_1", name: "Site", timezone: "UTC", buildings: [{ id: `${building}`, name: "House" }] }],
};

export async function setStage(options: StageOptions = {}): Promise<Stage> {
  const { subscriptions = 4, most, extraBytes, batch, ...given } = options;
  const start: Start = { data: makePlace(), ...given };
  const receiver = await startReceiver();
  const load = createLoad({
    ...(most === undefined ? {} : { most }),
    ...(extraBytes === undefined ? {} : { extraBytes }),
    ...(batch === undefined ? {} : { batch }),
  });
  const server = await serve(start);
  await ask(server, "/v1/building-model", model);
  const { key } = await ask<{ key: string }>(server, "/v1/keys", { role: "building", for: `${building}` });
  const subscribe = async (number: number): Promise<string> => {
    const attributes = {
      integrator: "webhook",
      configuration: { url: `${receiver.url}/${number}`, method: "post" },
      bindings: [{ resource_type: "access_log", actions: ["create"] }],
    };
    const path = `/v4/buildings/${building}/integrations`;
    const made = { data: { type: "integrations", attributes } };
    return (await ask<{ data: { id: string } }>(stage.server, path, made, key)).data.id;
  };
  load.to(server);
  let resent = 0;

  const stage: Stage = {
    data: start.data,
    receiver,
    load,
    subscriptions,
    server,
    subscribe,
    async restart(changes = {}) {
      stage.server = await serve({ ...start, ...changes });
      load.to(stage.server);
      return stage.server;
    },
    async resendHeld() {
      const held = await heldOf(stage.server);
      for (const id of held) await ask(stage.server, `/v1/deliveries/${id}/resend`, {});
      resent += held.length;
      return held.length;
    },
    async finish(figures, faults = [], replayed = 0) {
      await load.stop();
      let before = Number.POSITIVE_INFINITY;
      await untilNoneLeft("deliveries pending", 120_000, async () => {
        const left = await metric(stage.server, "belfry_deliveries_pending");
        // A walk over all deliveries for those in quarantine is only worth it once nothing else moves.
        if (left > 0 && left === before) await stage.resendHeld();
        return (before = left);
      });
      const how = await stage.server.signal("SIGTERM");
      const ledger = checkLedger(stage.data, load.acknowledged, subscriptions, resent + replayed);
      let missing = 0;
      for (const event of load.acknowledged) {
        for (let number = 0; number < subscriptions; number++) if (!receiver.seen.has(`${number}/${event}`)) missing++;
      }
      return {
        figures: {
          acknowledged: load.acknowledged.size,
          ...ledger.figures,
          duplicates: receiver.duplicates(),
          quarantined: resent,
          ...figures,
        },
        faults: [
          ...faults,
          ...ledger.faults,
          ...(how === 0 ? [] : [`the stop in order ended with ${how}: ${stage.server.errors()}`]),
          ...(load.acknowledged.size > 0 ? [] : ["nothing was acknowledged, so there was nothing to lose"]),
          ...(missing === 0 ? [] : [`${missing} deliveries never arrived`]),
        ],
      };
    },
  };
  for (let number = 0; number < subscriptions; number++) await subscribe(number);
  return stage;
}

/** Ids of the deliveries in quarantine. */
export async function heldOf(server: Server): Promise<readonly string[]> {
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const at: string = cursor === null ? "" : `&cursor=${cursor}`;
    const page: Page = await ask<Page>(server, `/v1/deliveries?state=held&limit=100${at}`);
    ids.push(...page.data.map(({ id }) => id));
    cursor = page.next;
  } while (cursor !== null);
  return ids;
}

interface Page {
  readonly data: readonly { readonly id: string }[];
  readonly next: string | null;
}
