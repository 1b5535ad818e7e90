// Who may do what, as one table: every route of /v1 against every kind of caller. What a caller may not see answers
// exactly as what is not there, and a refused request leaves nothing behind.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ownerActs } from "../../src/model/owner-acts.ts";
import { deliveryId } from "../../src/model/delivery.ts";
import {
  addDelivery,
  addSubscription,
  type Answer,
  type Ask,
  ask,
  type House,
  keyFor,
  modelOf,
  openHouse,
  start,
} from "./fixture.ts";

const strangers = ["anonymous", "nonsense", "revoked", "expired"] as const;
const members = ["operator", "organization", "viewer", "ingest", "building", "tenant"] as const;
const others = ["other_organization", "other_viewer"] as const;
type Caller = (typeof strangers)[number] | (typeof members)[number] | (typeof others)[number];
const callers: readonly Caller[] = [...strangers, ...members, ...others];

/** What a caller may get: it works, its role may not, it is not there, or there is a list with nothing of others in it. */
type Verdict = "works" | "forbidden" | "absent" | "own";

interface Row {
  /** `GET /v1/deliveries/:id` */
  readonly route: string;
  readonly who:
    | "readers"
    | "followers"
    | "counters"
    | "managers"
    | "owners"
    | "hearers"
    | "operators"
    | "senders"
    | "everybody";
  /** What it looks like for callers of another organization who have the role. */
  readonly elsewhere: "absent" | "own";
  /** Path and body that concern organization a … */
  readonly ask: readonly [what: string, body?: unknown];
  /** … and the same with something that exists nowhere. */
  readonly nowhere?: readonly [what: string, body?: unknown];
  readonly status: number;
  /** Makes anew what it removes, and asks for that. */
  readonly renew?: () => Promise<readonly [what: string]>;
  /** Whom it answers, it answers without an end: they are asked about its head alone. */
  readonly isEndless?: true;
}

const backup = {
  id: "backup_1",
  state: "copying",
  startedAt: 0,
  copied: 0,
  bytes: 4,
  facts: null,
  error: null,
} as const;

const integrationOf = (organization: string, building: string) => ({
  organization,
  dialect: "butterflymx",
  scope: { kind: "building", id: building },
  url: "https://doors.test",
  types: ["access_log.create"],
});

let house: House;
const keys = new Map<Caller, string>();
let rows: readonly Row[];

before(async () => {
  house = await openHouse({
    backups: {
      create: async () => backup,
      get: () => backup,
      read: async () => new Uint8Array(4),
      remove: () => true,
    },
    acceptor: {
      observations: async () => ({ accepted: 1, duplicates: 0, rejected: [] }),
      events: async () => ({ accepted: 1, duplicates: 0, rejected: [] }),
    },
  });
  keys.set("operator", await keyFor(house, "operator"));
  for (const name of ["a", "b"])
    await ask(house, "PUT /v1/building-model", { key: keys.get("operator")!, body: modelOf(name) });
  for (const role of ["organization", "viewer", "ingest"] as const) keys.set(role, await keyFor(house, role, "org_a"));
  keys.set("building", await keyFor(house, "building", "org_a", "building_a"));
  keys.set("tenant", await keyFor(house, "tenant", "org_a", "tenant_a"));
  keys.set("other_organization", await keyFor(house, "organization", "org_b"));
  keys.set("other_viewer", await keyFor(house, "viewer", "org_b"));
  keys.set("nonsense", "belfry_nonsense");

  const gone = await house.keys.issue({ role: "operator", organization: null, targets: [] }, "test");
  const token = (await house.authenticator.login(gone.clientId, gone.clientSecret))!.accessToken;
  house.clock.advance(25 * 3600 * 1000);
  keys.set("expired", token);
  const entry = { at: 0, actor: "test", action: "key.revoke", object: gone.clientId, detail: null };
  await house.store.registry.revokeKey(gone.clientId, entry);
  keys.set("revoked", gone.key);

  const { id } = await addSubscription(house, "org_a", { scope: { kind: "building", id: "building_a" } });
  const doomed = await addSubscription(house, "org_a");
  const subscription = (await house.store.registry.subscription(id, null))!;
  const delivery = deliveryId(await addDelivery(house, subscription, "event_of_a"));
  const alertParts = {
    dialect: "belfry",
    scope: { kind: "building", id: "building_a" },
    bindings: [],
    document: '{"form":"json","kinds":null}',
  } as const;
  let doomedAlerts = 0;
  const alert = (await addSubscription(house, "org_a", { ...alertParts, id: "alert_1" })).id;
  const pixel = Buffer.from([0xff, 0xd8, 0xff]).toString("base64");
  const putPlan = () => {
    const picture = {
      kind: "floor",
      id: "floor_a",
      type: "image/jpeg",
      bytes: new Uint8Array(3),
      updatedAt: 0,
    } as const;
    return house.store.registry.putPicture("org_a", picture, { ...entry, action: "picture.put" });
  };
  await putPlan();
  const spare = await house.keys.issue({ role: "viewer", organization: "org_a", targets: [] }, "test");
  const none = "webhook_999999999";
  const past = { from: start - 1, to: start };
  const asked = { key: keys.get("operator")!, body: { ...past, subscription: id } };
  const replay = (await ask(house, "POST /v1/replays", asked)).body.id as string;

  const on = (route: string, who: Row["who"], found: string, missing: string, status = 200): Row => {
    const [method] = route.split(" ");
    return { route, who, elsewhere: "absent", ask: [`${method} ${found}`], nowhere: [`${method} ${missing}`], status };
  };
  const list = (route: string, who: Row["who"]): Row => ({ route, who, elsewhere: "own", ask: [route], status: 200 });
  const narrowed = (route: string, who: Row["who"]): Row =>
    on(route, who, `${route.slice(4)}?organization=org_a`, `${route.slice(4)}?organization=org_none`);

  const building = { kind: "building", id: "building_a" } as const;
  const inbox = () => house.inboxes.create({ organization: "org_a", scope: building, name: null }).id;
  const link = await linkOf(keys.get("building")!);

  rows = [
    list("GET /v1/subscriptions", "followers"),
    narrowed("GET /v1/subscriptions", "followers"),
    on(
      "GET /v1/subscriptions/:id/events",
      "followers",
      `/v1/subscriptions/${id}/events`,
      `/v1/subscriptions/${none}/events`,
    ),
    on("GET /v1/subscriptions/:id", "followers", `/v1/subscriptions/${id}`, `/v1/subscriptions/${none}`),
    ...[...ownerActs, "resume", "retry", "test", "signing-secret/reveal", "signing-secret/rotate"].map((verb) =>
      on(
        `POST /v1/subscriptions/:id/${verb}`,
        "owners",
        `/v1/subscriptions/${id}/${verb}`,
        `/v1/subscriptions/${none}/${verb}`,
      ),
    ),
    {
      ...on("POST /v1/subscriptions", "owners", "", "", 201),
      ask: ["POST /v1/subscriptions", integrationOf("org_a", "building_a")],
      nowhere: ["POST /v1/subscriptions", integrationOf("org_a", "building_none")],
    },
    {
      ...on("PATCH /v1/subscriptions/:id", "owners", `/v1/subscriptions/${id}`, `/v1/subscriptions/${none}`),
      ask: [`PATCH /v1/subscriptions/${id}`, { signatures: ["github"] }],
      nowhere: [`PATCH /v1/subscriptions/${none}`, { signatures: ["github"] }],
    },
    { ...list("GET /v1/stream", "followers"), isEndless: true },
    { ...narrowed("GET /v1/stream", "followers"), isEndless: true },
    list("GET /v1/events", "readers"),
    narrowed("GET /v1/events", "readers"),
    on("GET /v1/events/:id", "readers", "/v1/events/event_of_a", "/v1/events/event_of_nobody"),
    on(
      "GET /v1/events/:id/subscriptions",
      "readers",
      "/v1/events/event_of_a/subscriptions",
      "/v1/events/event_of_nobody/subscriptions",
    ),
    list("GET /v1/entries", "readers"),
    narrowed("GET /v1/entries", "readers"),
    list("GET /v1/deliveries", "followers"),
    narrowed("GET /v1/deliveries", "followers"),
    { ...list("GET /v1/deliveries", "followers"), ask: [`GET /v1/deliveries?subscription=${id}`] },
    on("GET /v1/deliveries/:id", "followers", `/v1/deliveries/${delivery}`, "/v1/deliveries/delivery_999999"),
    ...["resend", "retry"].map((verb) =>
      on(
        `POST /v1/deliveries/:id/${verb}`,
        "owners",
        `/v1/deliveries/${delivery}/${verb}`,
        `/v1/deliveries/delivery_999999/${verb}`,
        202,
      ),
    ),
    list("GET /v1/replays", "followers"),
    narrowed("GET /v1/replays", "followers"),
    on("GET /v1/replays/:id", "followers", `/v1/replays/${replay}`, "/v1/replays/replay_none"),
    on("POST /v1/replays/:id/cancel", "owners", `/v1/replays/${replay}/cancel`, "/v1/replays/replay_none/cancel"),
    {
      ...on("POST /v1/replays", "owners", "", "", 202),
      ask: ["POST /v1/replays", { ...past, subscription: id }],
      nowhere: ["POST /v1/replays", { ...past, subscription: none }],
    },
    list("GET /v1/alerts", "hearers"),
    narrowed("GET /v1/alerts", "hearers"),
    list("GET /v1/alerts/open", "followers"),
    narrowed("GET /v1/alerts/open", "followers"),
    list("GET /v1/alerts/told", "hearers"),
    narrowed("GET /v1/alerts/told", "hearers"),
    { ...list("POST /v1/alerts", "hearers"), ask: ["POST /v1/alerts", { url: "https://a.test" }], status: 201 },
    {
      ...on("POST /v1/alerts", "owners", "", "", 201),
      ask: ["POST /v1/alerts", { url: "https://a.test", building: "building_a" }],
      nowhere: ["POST /v1/alerts", { url: "https://a.test", building: "building_none" }],
    },
    on("GET /v1/alerts/:id", "owners", `/v1/alerts/${alert}`, "/v1/alerts/alert_none"),
    on("POST /v1/alerts/:id/test", "owners", `/v1/alerts/${alert}/test`, "/v1/alerts/alert_none/test", 202),
    {
      ...on("PATCH /v1/alerts/:id", "owners", "", ""),
      ask: [`PATCH /v1/alerts/${alert}`, { form: "slack" }],
      nowhere: ["PATCH /v1/alerts/alert_none", { form: "slack" }],
    },
    {
      ...on("DELETE /v1/alerts/:id", "owners", "/v1/alerts/alert_doomed", "/v1/alerts/alert_none", 204),
      renew: async () => {
        const id = `alert_doomed_${++doomedAlerts}`;
        await addSubscription(house, "org_a", { ...alertParts, id });
        return [`DELETE /v1/alerts/${id}`];
      },
    },
    narrowed("GET /v1/building-model", "readers"),
    narrowed("GET /v1/occupancy", "counters"),
    on("GET /v1/occupancy", "counters", "/v1/occupancy?space=room_a", "/v1/occupancy?space=room_none"),
    on("GET /v1/explain", "counters", "/v1/explain?space=floor_a", "/v1/explain?space=floor_none"),
    narrowed("GET /v1/sensors", "counters"),
    narrowed("GET /v1/names", "followers"),
    // Nothing was sensed here: who may ask hears so.
    {
      ...on("POST /v1/recompute", "managers", "", "", 422),
      ask: ["POST /v1/recompute", { space: "room_a", from: 0, to: 60_000 }],
      nowhere: ["POST /v1/recompute", { space: "room_none", from: 0, to: 60_000 }],
    },
    {
      ...on("POST /v1/occupancy/points", "managers", "", "", 422),
      ask: ["POST /v1/occupancy/points", { space: "room_a", count: 1 }],
      nowhere: ["POST /v1/occupancy/points", { space: "room_none", count: 1 }],
    },
    {
      route: "PUT /v1/building-model",
      who: "managers",
      elsewhere: "absent",
      ask: ["PUT /v1/building-model", modelOf("a")],
      nowhere: ["PUT /v1/building-model", modelOf("none")],
      status: 200,
    },
    {
      ...on("PUT /v1/building-model", "managers", "", ""),
      ask: ["PUT /v1/building-model?dry_run=true", modelOf("a")],
      nowhere: ["PUT /v1/building-model?dry_run=true", modelOf("none")],
    },
    narrowed("GET /v1/pictures", "followers"),
    on("GET /v1/pictures/:kind/:id", "followers", "/v1/pictures/floor/floor_a", "/v1/pictures/floor/floor_none"),
    {
      ...on("PUT /v1/pictures/:kind/:id", "managers", "", ""),
      ask: ["PUT /v1/pictures/floor/floor_a", { data: pixel }],
      nowhere: ["PUT /v1/pictures/floor/floor_none", { data: pixel }],
    },
    {
      ...on(
        "DELETE /v1/pictures/:kind/:id",
        "managers",
        "/v1/pictures/floor/floor_a",
        "/v1/pictures/floor/floor_none",
        204,
      ),
      renew: async () => {
        await putPlan();
        return ["DELETE /v1/pictures/floor/floor_a"];
      },
    },
    list("GET /v1/keys", "managers"),
    narrowed("GET /v1/keys", "managers"),
    {
      route: "POST /v1/keys",
      who: "managers",
      elsewhere: "absent",
      ask: ["POST /v1/keys", { role: "viewer", for: "org_a" }],
      nowhere: ["POST /v1/keys", { role: "viewer", for: "org_none" }],
      status: 201,
    },
    list("GET /v1/inboxes", "hearers"),
    narrowed("GET /v1/inboxes", "hearers"),
    {
      ...on("POST /v1/inboxes", "owners", "", "", 201),
      ask: ["POST /v1/inboxes", { building: "building_a" }],
      nowhere: ["POST /v1/inboxes", { building: "building_none" }],
    },
    on("GET /v1/inboxes/:id/requests", "owners", `/v1/inboxes/${inbox()}/requests`, "/v1/inboxes/inbox_none/requests"),
    {
      ...on("PATCH /v1/inboxes/:id/answer", "owners", "", ""),
      ask: [`PATCH /v1/inboxes/${inbox()}/answer`, { status: 500 }],
      nowhere: ["PATCH /v1/inboxes/inbox_none/answer", { status: 500 }],
    },
    {
      ...on("DELETE /v1/inboxes/:id", "owners", `/v1/inboxes/${inbox()}`, "/v1/inboxes/inbox_none", 204),
      renew: async () => [`DELETE /v1/inboxes/${inbox()}`],
    },
    {
      ...on("POST /v1/portal-links", "owners", "", "", 201),
      ask: ["POST /v1/portal-links", { building: "building_a" }],
      nowhere: ["POST /v1/portal-links", { building: "building_none" }],
    },
    on("DELETE /v1/portal-links/:id", "owners", `/v1/portal-links/${link}`, "/v1/portal-links/portal_none", 204),
    list("GET /v1/session", "everybody"),
    { ...list("POST /v1/session-links", "everybody"), status: 201 },
    { ...list("DELETE /v1/session", "everybody"), status: 204 },
    list("GET /v1/audit", "operators"),
    list("GET /v1/audit/verify", "operators"),
    list("GET /v1/organizations", "operators"),
    list("GET /v1/retention", "operators"),
    on("GET /v1/organizations/:id", "readers", "/v1/organizations/org_a", "/v1/organizations/org_none"),
    {
      ...on("PATCH /v1/organizations/:id", "operators", "", ""),
      ask: ["PATCH /v1/organizations/org_a", { retention: { entries: "20d" } }],
      nowhere: ["PATCH /v1/organizations/org_none", { retention: { entries: "20d" } }],
    },
    { ...list("POST /v1/backups", "operators"), status: 201 },
    on("GET /v1/backups/:id", "operators", "/v1/backups/backup_1", "/v1/backups/backup_0"),
    on("GET /v1/backups/:id/database", "operators", "/v1/backups/backup_1/database", "/v1/backups/backup_0/database"),
    on("DELETE /v1/backups/:id", "operators", "/v1/backups/backup_1", "/v1/backups/backup_0", 204),
    on(
      "DELETE /v1/organizations/:id",
      "operators",
      "/v1/organizations/org_a?confirm=org_a",
      "/v1/organizations/org_none?confirm=org_none",
      204,
    ),
    { ...list("POST /v1/observations", "senders"), ask: ["POST /v1/observations", { kind: "motion" }], status: 202 },
    { ...list("POST /v1/events", "senders"), ask: ["POST /v1/events?dialect=butlr", {}], status: 202 },
    on("DELETE /v1/keys/:id", "managers", `/v1/keys/${spare.clientId}`, "/v1/keys/client_0", 204),
    on("DELETE /v1/entries", "managers", "/v1/entries?tenant=tenant_a", "/v1/entries?tenant=tenant_none", 204),
    on("DELETE /v1/subscriptions/:id", "managers", `/v1/subscriptions/${doomed.id}`, `/v1/subscriptions/${none}`, 204),
  ];
});
after(() => house.close());

/** Of the building of this key, which made it. */
async function linkOf(key: string): Promise<string> {
  return (await ask(house, "POST /v1/portal-links", { key, body: {} })).body.id;
}

/** To everybody. */
const open = ["/v1/openapi.json", "/v1/server"];
/** Shows a key in its body: test/http/sessions.test.ts. */
const signIn = "POST /v1/session";

/** The whole law, in a few lines. */
function verdict(caller: Caller, row: Row): Verdict | "unknown" {
  if ((strangers as readonly Caller[]).includes(caller)) return "unknown";
  if (caller === "operator") return "works";
  const role = caller.replace("other_", "");
  const allowed = {
    readers: ["organization", "viewer"],
    followers: ["organization", "viewer", "building", "tenant"],
    counters: ["organization", "viewer", "building"],
    managers: ["organization"],
    owners: ["organization", "building", "tenant"],
    hearers: ["organization", "building", "tenant"],
    operators: [],
    senders: ["organization", "ingest"],
    everybody: ["organization", "viewer", "ingest", "building", "tenant"],
  }[row.who] as readonly string[];
  if (!allowed.includes(role)) return "forbidden";
  // The subscription is the building's, and a tenant of it has no part in it.
  const isOne = row.who === "owners" || (row.who === "followers" && row.route.includes(":id"));
  if (isOne && role === "tenant") return "absent";
  if (!caller.startsWith("other_")) return "works";
  return row.elsewhere;
}

const headOf = ({ ask: [what, ...body], isEndless }: Row): Row["ask"] =>
  isEndless === true ? [what.replace("GET", "HEAD")] : [what, ...body];

async function send(caller: Caller, [what, body]: readonly [string, unknown?]): Promise<Answer> {
  // Every caller has an address of its own, lest the brake speaks instead of the wall.
  const key = keys.get(caller);
  const request: Ask = { ...(key === undefined ? {} : { key }), ...(body === undefined ? {} : { body }) };
  return ask(house, what, request);
}

const leftBehind = async (): Promise<unknown> => {
  const { registry, history } = house.store;
  const { items } = await history.audit({ limit: 1_000, before: null });
  return [items, await registry.organizations(), await registry.keys(), await history.totals()];
};

describe("walls", () => {
  test("the table knows every route of /v1", () => {
    const known = new Set(rows.map(({ route }) => route));
    const registered = house.server.routes
      .filter(({ method, path }) => path.startsWith("/v1/") && method !== "HEAD" && !open.includes(path))
      .map(({ method, path }) => `${method} ${path}`)
      .filter((route) => route !== signIn);
    assert.deepEqual([...known].toSorted(), [...new Set(registered)].toSorted());
  });

  test("every refusal is as the table says, and leaves nothing behind", async () => {
    const before = await leftBehind();
    for (const row of rows) {
      for (const caller of callers) {
        const expected = verdict(caller, row);
        if (expected === "works" || expected === "own") continue;
        // Nonsense in the same breath from one address would only be slowed down.
        house.clock.advance(10_000);
        const answer = await send(caller, row.ask);
        const where = `${caller}: ${row.ask[0]}`;
        assert.ok(!answer.text.includes('_a"'), where);
        if (expected === "unknown")
          assert.deepEqual([answer.status, answer.body.code], [401, "UNAUTHENTICATED"], where);
        if (expected === "forbidden") assert.deepEqual([answer.status, answer.body.code], [403, "FORBIDDEN"], where);
        if (expected === "absent") {
          const nothing = await send(caller, row.nowhere!);
          assert.ok([404, 422].includes(answer.status), `${where}: ${answer.status}`);
          assert.deepEqual([answer.status, answer.text], [nothing.status, nothing.text], where);
        }
      }
    }
    assert.deepEqual(await leftBehind(), before);
  });

  test("lists of another organization hold nothing of this one", async () => {
    for (const row of rows.filter(({ elsewhere, route }) => elsewhere === "own" && route.startsWith("GET"))) {
      for (const caller of others) {
        if (verdict(caller, row) !== "own") continue;
        const answer = await send(caller, headOf(row));
        assert.equal(answer.status, 200);
        assert.ok(!/org_a|event_of_a|building_a/.test(answer.text), `${caller}: ${row.ask[0]}`);
      }
    }
  });

  test("everything allowed works", async () => {
    for (const row of rows) {
      for (const caller of members) {
        if (verdict(caller, row) !== "works" || (row.route.startsWith("DELETE") && caller === "operator")) continue;
        const answer = await send(caller, (await row.renew?.()) ?? headOf(row));
        assert.equal(answer.status, row.status, `${caller}: ${row.ask[0]}: ${answer.text}`);
      }
    }
  });
});
