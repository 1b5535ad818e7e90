import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import { createDataKeys } from "../../src/store/data-keys.ts";
import { openSubscription, sealSubscription } from "../../src/store/sealed-subscription.ts";
import { createVault } from "../../src/store/vault.ts";
import { makeSubscription } from "../fixtures/subscription.ts";

const key = new Uint8Array(32).fill(1);
const [otherKey, otherNumber] = [new Uint8Array(32).fill(2), 8];

const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: null });
/** Recognizable in a text, whatever stands around it. */
const secret = fc
  .string({ minLength: 8, maxLength: 40, unit: fc.constantFrom("a", "b", '"', "\\", "é", "𝄞", " ") })
  .map((text) => `~${text}~`);

const subscriptions = fc
  .record({
    apiKey: maybe(fc.record({ name: fc.string(), value: secret })),
    basicAuth: maybe(fc.record({ username: fc.string(), password: secret })),
    signingSecrets: fc.array(
      fc.record(
        {
          secret,
          key: fc.record({ privateKey: secret, publicKey: secret }),
          until: maybe(fc.nat()),
        },
        { requiredKeys: ["secret", "until"] },
      ),
      { maxLength: 3 },
    ),
  })
  .map(({ apiKey, basicAuth, signingSecrets }) => {
    const { endpoint } = makeSubscription();
    const changes = { number: 7, endpoint: { ...endpoint, apiKey, basicAuth }, signingSecrets };
    // Plain objects: those of the generator have no prototype.
    return structuredClone(makeSubscription(changes));
  });

test("a sealed subscription opens as it was, and no secret of it can be read before", () => {
  fc.assert(
    fc.property(subscriptions, (subscription) => {
      const sealed = sealSubscription(key, "org_1", subscription);
      assert.deepEqual(openSubscription(key, "org_1", sealed), subscription);
      const { apiKey, basicAuth } = subscription.endpoint;
      const signing = subscription.signingSecrets.flatMap(({ secret, key }) => [secret, key?.privateKey]);
      const readable = sealed.record + JSON.stringify(Buffer.from(sealed.secrets).toString());
      for (const hidden of [apiKey?.value, basicAuth?.password, ...signing]) {
        if (hidden !== undefined) assert.ok(!readable.includes(JSON.stringify(hidden).slice(1, -1)));
      }
    }),
  );
});

test("a sealed subscription opens under its own key, organization and number only, and with no bit changed", () => {
  const sealed = sealSubscription(key, "org_1", makeSubscription({ number: 7 }));
  assert.throws(() => openSubscription(otherKey, "org_1", sealed), /does not open/);
  assert.throws(() => openSubscription(key, "org_2", sealed), /does not open/);
  assert.throws(() => openSubscription(key, "org_1", { ...sealed, number: otherNumber }), /does not open/);
  fc.assert(
    fc.property(fc.nat(sealed.secrets.length * 8 - 1), (bit) => {
      const secrets = Uint8Array.from(sealed.secrets);
      secrets[bit >> 3]! ^= 1 << (bit & 7);
      assert.throws(() => openSubscription(key, "org_1", { ...sealed, secrets }), /does not open|does not know/);
    }),
  );
});

test("a subscription of another organization is not sealed with this one's key", () => {
  assert.throws(() => sealSubscription(key, "org_2", makeSubscription()), /is of org_1, not of org_2/);
});

test("a record of before there were further signatures opens with none", () => {
  const { record, ...sealed } = sealSubscription(key, "org_1", makeSubscription());
  const { extraSignatures: _, ...older } = JSON.parse(record) as Record<string, unknown>;
  const opened = openSubscription(key, "org_1", { ...sealed, record: JSON.stringify(older) });
  assert.deepEqual(opened.extraSignatures, []);
});

test("a data key is as it is stored now, one that was damaged does not open, and an unknown organization has none", async () => {
  const vault = createVault(key);
  const stored = new Map([["org_1", vault.makeDataKey("org_1")]]);
  const keys = createDataKeys(vault, async (organization) => stored.get(organization) ?? null);
  const first = await keys.of("org_1");
  assert.deepEqual(first, keys.unwrap("org_1", stored.get("org_1")!));
  stored.set("org_1", vault.makeDataKey("org_1"));
  assert.notDeepEqual(await keys.of("org_1"), first);
  stored.set("org_1", vault.makeDataKey("org_2"));
  assert.equal(await keys.of("org_1"), null);
  await assert.rejects(keys.of("org_3"), { code: "NOT_FOUND" });
});
