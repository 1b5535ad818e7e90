import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../fixtures/properties.ts";
import type { CreateInput, UpdateInput } from "../../../src/dialects/butlr/input.ts";
import { eventTypeNames, firstName } from "../../../src/dialects/butlr/types.ts";
import {
  act,
  create,
  type Fresh,
  remove,
  rotateSecret,
  sentFilters,
  update,
} from "../../../src/dialects/butlr/webhooks.ts";
import type { SubscriptionDecision } from "../../../src/dialects/butlr/webhooks.ts";
import { BelfryError } from "../../../src/errors.ts";
import type { Subscription } from "../../../src/model/subscription.ts";

const newSecret = () => ({ secret: "whsec_new", until: null });
const on = { organization: "org_1", now: 1_000, actor: "key_1", newSecret };
const endpoint_config = { url: "https://example.com/hook", http_timeout: 10 };

const fresh = (number: number): Fresh => ({ number, id: `webhook_${number}`, signingSecret: `whsec_${number}` });

const input = (name: string, event_types: readonly string[], more: Partial<CreateInput> = {}): CreateInput => ({
  name,
  event_types,
  endpoint_config,
  ...more,
});

function made(number: number, event_types: readonly string[], more: Partial<CreateInput> = {}): Subscription {
  return create([], [input(`hook ${number}`, event_types, more)], [fresh(number)], on).result[0]!;
}

const typesOf = ({ bindings }: Subscription) => bindings.map(({ type }) => type);

function refusal(act: () => unknown): BelfryError {
  try {
    act();
  } catch (error) {
    if (error instanceof BelfryError) return error;
    throw error;
  }
  return assert.fail("it was allowed");
}

test("a new webhook takes its types in their order, everything of its organization, and is active", () => {
  const one = made(7, ["TRAFFIC", "ROOM_OCCUPANCY_1M"], { send_on_value_change: true });
  assert.deepEqual(typesOf(one), ["TRAFFIC", "ROOM_OCCUPANCY_1MIN"]);
  assert.deepEqual(one.scope, { kind: "organization" });
  assert.deepEqual(one.endpoint, {
    url: "https://example.com/hook",
    timeoutMs: 10_000,
    apiKey: null,
    basicAuth: null,
  });
  assert.deepEqual(one.signingSecrets, [{ secret: "whsec_7", until: null }]);
  assert.deepEqual([one.state, one.sendOnValueChange, one.createdAt, one.filters], ["active", true, 1_000, null]);
});

test("a type that a webhook holds already is refused by name", () => {
  const holder = made(1, ["ROOM_OCCUPANCY", "TRAFFIC"]);
  const error = refusal(() => create([holder], [input("b", ["PIR_MOTION", "TRAFFIC"])], [fresh(2)], on));
  assert.equal(error.code, "EVENT_TYPE_ALREADY_SUBSCRIBED");
  assert.match(error.message, /^input\[0\]\.event_types cannot have TRAFFIC: webhook_1 \("hook 1"\) holds it/);
});

test("the plain and the one-minute type are two types", () => {
  const holder = made(1, ["ROOM_OCCUPANCY"]);
  assert.equal(create([holder], [input("b", ["ROOM_OCCUPANCY_1MIN"])], [fresh(2)], on).put.length, 1);
});

test("two new webhooks of one mutation cannot share a type, and every clash is listed", () => {
  const inputs = [input("a", ["TRAFFIC", "PIR_MOTION"]), input("b", ["PIR_MOTION", "TRAFFIC"])];
  const error = refusal(() => create([], inputs, [fresh(1), fresh(2)], on));
  assert.equal(error.code, "EVENT_TYPE_ALREADY_SUBSCRIBED");
  assert.equal(error.problems.length, 2);
  assert.match(error.problems[0]!.message, /PIR_MOTION: input\[0\] \("a"\) holds it/);
});

test("integrations of the other dialect neither hold types nor can be changed here", () => {
  const other: Subscription = { ...made(1, ["TRAFFIC"]), dialect: "butterflymx" };
  assert.equal(create([other], [input("b", ["TRAFFIC"])], [fresh(2)], on).put.length, 1);
  assert.equal(refusal(() => update([other], [{ id: other.id, name: "x" }], on)).code, "NOT_FOUND");
  assert.equal(refusal(() => remove([other], [other.id], on)).code, "NOT_FOUND");
});

test("an update keeps what is absent", () => {
  const before = made(1, ["TRAFFIC"], {
    endpoint_config: {
      ...endpoint_config,
      api_key: { key: "x-api-key", value: "k" },
      basic_auth: { username: "u", password: "p" },
    },
    filters: { room_ids: ["room_1"] },
    send_on_value_change: true,
  });
  const [renamed] = update([before], [{ id: before.id, name: "new" }], { ...on, now: 2_000 }).result;
  assert.deepEqual(renamed, { ...before, name: "new", updatedAt: 2_000 });
  const moved = { url: "https://example.com:443/other?x=1", http_timeout: 3 };
  const [elsewhere] = update([before], [{ id: before.id, endpoint_config: moved }], on).result;
  assert.deepEqual(elsewhere!.endpoint, { ...before.endpoint, url: moved.url, timeoutMs: 3_000 });
  assert.deepEqual(elsewhere!.signingSecrets, before.signingSecrets);
  const nulls = { id: before.id, name: null, event_types: null, endpoint_config: null };
  assert.deepEqual(update([before], [nulls], on).result[0], before);
});

test("a webhook that goes to another origin takes no secret along, and signs with a new one", () => {
  const api_key = { key: "x-api-key", value: "k" };
  const basic_auth = { username: "u", password: "p" };
  const before = made(1, ["TRAFFIC"], { endpoint_config: { ...endpoint_config, api_key, basic_auth } });
  for (const url of ["https://example.org/hook", "https://example.com:8443/hook", "https://sub.example.com/hook"]) {
    const [bare] = update([before], [{ id: before.id, endpoint_config: { url, http_timeout: 10 } }], on).result;
    assert.deepEqual([bare!.endpoint.apiKey, bare!.endpoint.basicAuth], [null, null]);
    assert.deepEqual(bare!.signingSecrets, [{ secret: "whsec_new", until: null }]);
    const named = { url, http_timeout: 10, api_key: { key: "x", value: "2" } };
    const [given] = update([before], [{ id: before.id, endpoint_config: named }], on).result;
    assert.deepEqual([given!.endpoint.apiKey, given!.endpoint.basicAuth], [{ name: "x", value: "2" }, null]);
  }
});

const ours = { subject: "CN=belfry", notAfter: 0, fingerprint: "f" };
const beyond = {
  headers: { "x-tenant": "7" },
  clientCertificate: { ...ours, certificate: "c", privateKey: "k" },
  authorities: { certificates: "a", facts: [ours] },
};

test("headers and certificates of the operator API stay at the same origin, and go with another", () => {
  const bare = made(1, ["TRAFFIC"]);
  const before = { ...bare, endpoint: { ...bare.endpoint, ...beyond } };
  const at = (url: string) =>
    update([before], [{ id: before.id, endpoint_config: { url, http_timeout: 10 } }], on).result[0]!.endpoint;
  const [renamed] = update([before], [{ id: before.id, name: "new" }], on).result;
  assert.deepEqual(renamed!.endpoint, before.endpoint);
  assert.deepEqual(at("https://example.com/other"), { ...before.endpoint, url: "https://example.com/other" });
  const url = "https://example.org/hook";
  assert.deepEqual(at(url), { ...bare.endpoint, url });
});

test("credentials are refused where a header of the operator API has their place", () => {
  const bare = made(1, ["TRAFFIC"]);
  const headers = { Authorization: "Bearer x", "X-Tenant": "7" };
  const before = { ...bare, endpoint: { ...bare.endpoint, headers } };
  const named = (more: object) =>
    refusal(() => update([before], [{ id: before.id, endpoint_config: { ...endpoint_config, ...more } }], on));
  const basic_auth = { username: "u", password: "p" };
  assert.match(named({ basic_auth }).message, /basic_auth uses the header Authorization that PATCH/);
  assert.match(named({ api_key: { key: "x-tenant", value: "8" } }).message, /api_key\.key names a header that PATCH/);
  const api_key = { key: "x-other", value: "8" };
  update([before], [{ id: before.id, endpoint_config: { ...endpoint_config, api_key } }], on);
});

test("retries and concurrency are kept, changed and given back to the installation", () => {
  const before = made(1, ["TRAFFIC"], { retry_policy: { delays_s: [1, 60] }, concurrency: 8 });
  assert.deepEqual(before.lane, { maxInFlight: 8, retryDelays: [1_000, 60_000] });
  const lane = (more: Partial<UpdateInput>) => update([before], [{ id: before.id, ...more }], on).result[0]!.lane;
  assert.deepEqual(lane({}), before.lane);
  assert.deepEqual(lane({ retry_policy: { delays_s: [] }, concurrency: 1 }), { maxInFlight: 1, retryDelays: [] });
  assert.deepEqual(lane({ retry_policy: null, concurrency: null }), { maxInFlight: null, retryDelays: null });
});

test("a rotated secret signs beside the new one until the overlap is over", () => {
  const before = made(1, ["TRAFFIC"]);
  const { result, audit } = rotateSecret([before], before.id, 500, on);
  assert.deepEqual(result.signingSecrets, [
    { secret: "whsec_1", until: 1_500 },
    { secret: "whsec_new", until: null },
  ]);
  assert.deepEqual([audit[0]!.action, audit[0]!.object], ["signing_secret.rotate", before.id]);
  assert.deepEqual(rotateSecret([before], before.id, 0, on).result.signingSecrets.length, 1);
  let many = before;
  for (let count = 0; count < 4; count++) many = rotateSecret([many], before.id, 500, on).result;
  assert.equal(refusal(() => rotateSecret([many], before.id, 500, on)).code, "CONFLICT");
  assert.equal(refusal(() => rotateSecret([before], "webhook_9", 500, on)).code, "NOT_FOUND");
});

test("null removes what is optional, also inside endpoint_config", () => {
  const before = made(1, ["TRAFFIC"], {
    endpoint_config: {
      ...endpoint_config,
      api_key: { key: "x-api-key", value: "k" },
      basic_auth: { username: "u", password: "p" },
    },
    filters: { room_ids: ["room_1"] },
    send_on_value_change: true,
  });
  const change: UpdateInput = {
    id: before.id,
    filters: null,
    send_on_value_change: null,
    endpoint_config: { ...endpoint_config, api_key: null },
  };
  const [after] = update([before], [change], on).result;
  assert.deepEqual([after!.filters, sentFilters(after!), after!.sendOnValueChange], [null, null, false]);
  assert.equal(after!.endpoint.apiKey, null);
  assert.deepEqual(after!.endpoint.basicAuth, { username: "u", password: "p" });
});

test("an update wakes a disabled webhook", () => {
  const asleep: Subscription = { ...made(1, ["TRAFFIC"]), state: "disabled", disabledReason: "410" };
  const [awake] = update([asleep], [{ id: asleep.id }], on).result;
  assert.deepEqual([awake!.state, awake!.disabledReason], ["active", null]);
});

test("an update leaves a pause, and resuming lifts pause and disabling of all named webhooks once", () => {
  const paused = { at: 1, by: "key_owner" };
  const asleep: Subscription = { ...made(1, ["TRAFFIC"]), paused, state: "disabled", disabledReason: "410" };
  const [changed] = update([asleep], [{ id: asleep.id, name: "new" }], on).result;
  assert.deepEqual([changed!.state, changed!.paused], ["active", paused]);
  const other = made(2, ["DETECTIONS"]);
  const { put, audit, result } = act([asleep, other], [asleep.id, other.id, asleep.id], "resume", on);
  assert.deepEqual([put.length, audit.length, result.length], [1, 1, 2]);
  assert.deepEqual([put[0]!.state, put[0]!.paused, put[0]!.disabledReason], ["active", null, null]);
  assert.throws(() => act([asleep], [asleep.id, other.id], "pause", on), /ids|webhook/);
});

test("an update may keep its own types, and two webhooks may swap theirs in one mutation", () => {
  const [a, b] = [made(1, ["TRAFFIC", "PIR_MOTION"]), made(2, ["DETECTIONS"])];
  assert.equal(update([a, b], [{ id: a.id, event_types: ["PIR_MOTION", "TRAFFIC"] }], on).put.length, 1);
  const swap = [
    { id: a.id, event_types: typesOf(b) },
    { id: b.id, event_types: typesOf(a) },
  ];
  assert.deepEqual(update([a, b], swap, on).result.map(typesOf), [["DETECTIONS"], ["TRAFFIC", "PIR_MOTION"]]);
  assert.equal(refusal(() => update([a, b], swap.slice(0, 1), on)).code, "EVENT_TYPE_ALREADY_SUBSCRIBED");
});

test("an unknown id changes and deletes nothing, and every unknown id is named", () => {
  const a = made(1, ["TRAFFIC"]);
  const changes = [{ id: a.id, name: "x" }, { id: "webhook_8" }, { id: "webhook_9" }];
  const error = refusal(() => update([a], changes, on));
  assert.equal(error.code, "NOT_FOUND");
  assert.deepEqual(
    error.problems.map(({ path }) => path),
    ["input[1].id", "input[2].id"],
  );
  assert.equal(refusal(() => remove([a], [a.id, "webhook_9"], on)).code, "NOT_FOUND");
});

test("one mutation cannot change a webhook twice, but may name it twice for deletion", () => {
  const a = made(1, ["TRAFFIC"]);
  const twice = [
    { id: a.id, name: "x" },
    { id: a.id, name: "y" },
  ];
  assert.match(refusal(() => update([a], twice, on)).message, /^input\[1\]\.id is changed by an earlier entry/);
  assert.deepEqual(remove([a], [a.id, a.id], on).remove, [1]);
});

test("a key in the authorization header and basic authentication exclude each other, also across updates", () => {
  const both = {
    ...endpoint_config,
    api_key: { key: "Authorization", value: "Bearer x" },
    basic_auth: { username: "u", password: "p" },
  };
  const { basic_auth: _, ...keyOnly } = both;
  assert.match(
    refusal(() => create([], [input("a", ["TRAFFIC"], { endpoint_config: both })], [fresh(1)], on)).message,
    /basic_auth/,
  );
  const a = made(1, ["TRAFFIC"], { endpoint_config: keyOnly });
  const addBasic = { ...endpoint_config, basic_auth: both.basic_auth };
  assert.match(refusal(() => update([a], [{ id: a.id, endpoint_config: addBasic }], on)).message, /basic_auth/);
  const replace = { ...addBasic, api_key: null };
  assert.equal(update([a], [{ id: a.id, endpoint_config: replace }], on).put.length, 1);
});

test("the audit names what was done, by whom, and no secret and no address", () => {
  const secrets = {
    url: "https://example.com/?token=url-secret",
    http_timeout: 5,
    api_key: { key: "x-api-key", value: "key-secret" },
    basic_auth: { username: "user-secret", password: "password-secret" },
  };
  const { audit, put } = create([], [input("a", ["TRAFFIC"], { endpoint_config: secrets })], [fresh(1)], on);
  const entries = [
    ...audit,
    ...update(put, [{ id: "webhook_1", endpoint_config: secrets, name: "b" }], on).audit,
    ...remove(put, ["webhook_1"], on).audit,
  ];
  assert.deepEqual(
    entries.map(({ actor, action, object }) => [actor, action, object]),
    ["create", "update", "delete"].map((verb) => ["key_1", `subscription.${verb}`, "webhook_1"]),
  );
  assert.equal(entries[1]!.detail, '{"fields":["endpoint_config","name"]}');
  assert.doesNotMatch(JSON.stringify(entries), /secret|whsec|example/);
});

test("filters are matched in one spelling and given back in the owner's", () => {
  const filters = { mac_addresses: ["00:17:0D:00:00:CC:BB:AA", "mi-rr-or-01"], floor_ids: ["space_1"], room_ids: [] };
  const one = made(1, ["TRAFFIC"], { filters });
  assert.deepEqual(one.filters, { floor_ids: ["space_1"], mac_addresses: ["00-17-0d-00-00-cc-bb-aa", "mi-rr-or-01"] });
  assert.deepEqual(sentFilters(one), filters);
  assert.deepEqual([made(1, ["TRAFFIC"], { filters: {} }).filters], [null]);
});

type Operation =
  | { readonly verb: "create"; readonly lists: readonly (readonly string[])[] }
  | { readonly verb: "update"; readonly picks: readonly (readonly [pick: number, types: readonly string[] | null])[] }
  | { readonly verb: "remove"; readonly picks: readonly number[] };

const anyTypes = fc.uniqueArray(fc.constantFrom(...eventTypeNames), { minLength: 1, maxLength: 4 });
const pick = fc.nat(6);
const anyOperation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ verb: fc.constant("create" as const), lists: fc.array(anyTypes, { minLength: 1, maxLength: 3 }) }),
  fc.record({
    verb: fc.constant("update" as const),
    picks: fc.array(fc.tuple(pick, fc.option(anyTypes)), { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ verb: fc.constant("remove" as const), picks: fc.array(pick, { minLength: 1, maxLength: 2 }) }),
);

test("after any operations no type is held twice, and each was done whole or not at all", () => {
  fc.assert(
    fc.property(fc.array(anyOperation, { maxLength: 20 }), (operations) => {
      let stored: readonly Subscription[] = [];
      let number = 0;
      for (const operation of operations) {
        const idOf = (index: number) => stored[index]?.id ?? "webhook_none";
        const decide = (): SubscriptionDecision<unknown> => {
          if (operation.verb === "remove") return remove(stored, operation.picks.map(idOf), on);
          if (operation.verb === "create") {
            const inputs = operation.lists.map((types) => input("x", types));
            return create(
              stored,
              inputs,
              inputs.map(() => fresh(++number)),
              on,
            );
          }
          const changes = operation.picks.map(([index, types]) => ({
            id: idOf(index),
            ...(types && { event_types: types }),
          }));
          return update(stored, changes, on);
        };
        const before = JSON.stringify(stored);
        let decision: SubscriptionDecision<unknown>;
        try {
          decision = decide();
        } catch (error) {
          assert.ok(error instanceof BelfryError);
          assert.equal(JSON.stringify(stored), before);
          continue;
        }
        if (operation.verb !== "remove") {
          const asked = operation.verb === "create" ? operation.lists.length : operation.picks.length;
          assert.equal(decision.put.length, asked);
        }
        const gone = new Set([...decision.remove, ...decision.put.map((one) => one.number)]);
        stored = [...stored.filter((one) => !gone.has(one.number)), ...decision.put];
        const held = stored.flatMap(typesOf);
        assert.equal(new Set(held).size, held.length);
        assert.ok(stored.every((one) => one.bindings.length > 0));
      }
    }),
  );
});

test("a creation is refused exactly when a type would be held twice", () => {
  fc.assert(
    fc.property(fc.option(anyTypes), fc.array(anyTypes, { minLength: 1, maxLength: 3 }), (held, lists) => {
      const stored = held === null ? [] : [made(1, held)];
      const all = [...(held ?? []), ...lists.flat()].map(firstName);
      const act = () =>
        create(
          stored,
          lists.map((types) => input("x", types)),
          lists.map((_, index) => fresh(10 + index)),
          on,
        );
      if (new Set(all).size === all.length) assert.equal(act().put.length, lists.length);
      else assert.equal(refusal(act).code, "EVENT_TYPE_ALREADY_SUBSCRIBED");
    }),
  );
});
