import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../fixtures/properties.ts";
import { callVariant, compose, entryVariant } from "../../../src/dialects/butterflymx/compose.ts";

const entry = `{"event":{"resource_type":"access_log","action":"create","data":{"id":1}}}`;

test("variant 0 is the body itself, and so is a variant that the body already says", () => {
  const spaced = ` { "event" : { "resource_type" : "door_release" , "data" : {} } } `;
  assert.equal(compose(entry, 0), entry);
  assert.equal(compose(entry, 1), entry);
  assert.equal(compose(spaced, 2), spaced);
});

test("the name changes and every other byte stays", () => {
  assert.equal(compose(entry, 2), `{"event":{"resource_type":"door_release","action":"create","data":{"id":1}}}`);
  assert.equal(
    compose(`{\n\t"event": {"data":{"resource_type":"door_release"}, "resource_type" :\r\n "door_release"}}`, 1),
    `{\n\t"event": {"data":{"resource_type":"door_release"}, "resource_type" :\r\n "access_log"}}`,
  );
});

test("only the resource type of the event counts, not its doubles elsewhere", () => {
  const decoys = [
    `{"resource_type":"access_log","event":{"data":{}}}`,
    `{"event":{"data":{"resource_type":"access_log","event":{"resource_type":"access_log"}}}}`,
    `{"event":[{"resource_type":"access_log"}]}`,
    `{"other":{"resource_type":"access_log"},"event":{}}`,
    `[{"event":{"resource_type":"access_log"}}]`,
    `{"event":{"name":"\\"resource_type\\":\\"access_log\\"","action":"access_log"}}`,
    `{"event":{"resource_type":["access_log"]}}`,
    `{"event":{"resource_type":"call"}}`,
  ];
  for (const decoy of decoys) assert.equal(compose(decoy, 2), decoy);
});

test("names spelled with escapes and keys that repeat are renamed too", () => {
  assert.equal(
    compose(`{"\\u0065vent":{"resource\\u005ftype":"access\\u005flog"}}`, 2),
    `{"\\u0065vent":{"resource\\u005ftype":"door_release"}}`,
  );
  assert.equal(
    compose(`{"event":{"resource_type":"door_release","resource_type":"access_log"}}`, 2),
    `{"event":{"resource_type":"door_release","resource_type":"door_release"}}`,
  );
});

const space = fc.stringMatching(/^[ \t\r\n]{0,3}$/);
const key = fc.oneof(
  fc.string(),
  fc.constantFrom("event", "resource_type", "data", `"resource_type":"access_log"`, "\\", '\\"'),
);

/** JSON text of any value in any spacing, full of keys and values that look like the one sought. */
const anyText: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc
      .oneof(fc.jsonValue({ maxDepth: 0 }), key, fc.constantFrom("access_log", "door_release"))
      .map((leaf) => JSON.stringify(leaf)),
    fc
      .array(fc.tuple(space, tie("value")), { maxLength: 4 })
      .map((items) => `[${items.map(([s, v]) => s + v + s).join(",")}]`),
    fc
      .array(fc.tuple(space, key, tie("value")), { maxLength: 4 })
      .map((items) => `{${items.map(([s, k, v]) => `${s}${JSON.stringify(k)}${s}:${s}${v}${s}`).join(",")}}`),
  ),
})).value;

const members = fc
  .tuple(
    fc.array(
      fc.tuple(
        key.filter((k) => k !== "event" && k !== "resource_type"),
        anyText,
      ),
      { maxLength: 4 },
    ),
    fc.nat(4),
  )
  .map(([items, at]) => ({ items: items.map(([k, v]) => `${JSON.stringify(k)}:${v}`), at }));

const withMember = ({ items, at }: { items: string[]; at: number }, member: string) =>
  `{${items.toSpliced(at, 0, member).join(",")}}`;

test("in any text a reader finds the bound name, and everything else as it was", () => {
  const names = ["access_log", "door_release"] as const;
  fc.assert(
    fc.property(
      members,
      members,
      space,
      fc.constantFrom(...names),
      fc.constantFrom(1, 2),
      (root, inner, gap, stored, variant) => {
        const event = withMember(inner, `${gap}"resource_type"${gap}:${gap}"${stored}"${gap}`);
        const body = gap + withMember(root, `"event"${gap}:${gap}${event}`) + gap;
        const expected = JSON.parse(body);
        expected.event.resource_type = names[variant - 1];
        const sent = compose(body, variant);
        assert.deepEqual(JSON.parse(sent), expected);
        assert.equal(compose(sent, variant), sent);
        assert.equal(compose(sent, stored === "access_log" ? 1 : 2), body);
      },
    ),
    { numRuns: 1000 },
  );
});

test("whatever the text, renaming there and back changes at most the names at their one place", () => {
  fc.assert(
    fc.property(anyText, fc.constantFrom(1, 2), (body, variant) => {
      const before = JSON.parse(body);
      const after = JSON.parse(compose(body, variant));
      const names = ["access_log", "door_release"];
      const type = before?.event?.resource_type;
      if (!Array.isArray(before) && !Array.isArray(before?.event) && names.includes(type)) {
        before.event.resource_type = names[variant - 1];
      }
      assert.deepEqual(after, before);
    }),
    { numRuns: 1000 },
  );
});

const callBody =
  `{"guid":"g","user":{"id":1,"first_name":"A","last_name":"B","sip_username":"s","email":"a@example.com"},` +
  `"panel":{"id":12345678901234567890,"name":"Front"},"image_url":"https://x.example/i.png",` +
  `"event":{"resource_type":"call","action":"create","data":{"guid":"g","device":{"id":2,"name":"Front"},"image_url":"i"}}}`;

test("a call goes out in both forms, as the envelope alone, or as the flat keys alone", () => {
  const as = (format: "both" | "envelope" | "flat") =>
    compose(callBody, callVariant({ format, secrecy: false, quiet: false }));
  assert.equal(as("both"), callBody);
  assert.equal(as("envelope"), `{${callBody.slice(callBody.indexOf('"event"'))}`);
  assert.equal(as("flat"), `${callBody.slice(0, callBody.indexOf(',"event"'))}}`);
});

test("a body that has one form alone goes out as it is, whatever is asked for", () => {
  for (const body of [`{ "event": {"resource_type":"call"} }`, `{ "guid": "g" }`]) {
    for (const format of ["both", "envelope", "flat"] as const) {
      assert.equal(compose(body, callVariant({ format, secrecy: false, quiet: false })), body);
    }
  }
});

test("a quiet call has no e-mail, and a secret one no names of people and no pictures", () => {
  const quiet = compose(callBody, callVariant({ format: "both", secrecy: false, quiet: true }));
  assert.equal(quiet, callBody.replace(`"a@example.com"`, "null"));
  const secret = compose(callBody, callVariant({ format: "both", secrecy: true, quiet: false }));
  assert.equal(
    secret,
    callBody
      .replace(`"first_name":"A","last_name":"B"`, `"first_name":null,"last_name":null`)
      .replace(`"a@example.com"`, "null")
      .replace(`"https://x.example/i.png"`, "null")
      .replace(`"image_url":"i"`, `"image_url":null`),
  );
});

test("a secret entry has neither name nor picture, under either name", () => {
  const body = `{"event":{"resource_type":"access_log","action":"create","data":{"id":1,"name":"N","image_url":"i"}}}`;
  const bare = `"data":{"id":1,"name":null,"image_url":null}}}`;
  assert.equal(
    compose(body, entryVariant(1, true)),
    `{"event":{"resource_type":"access_log","action":"create",${bare}`,
  );
  assert.equal(
    compose(body, entryVariant(2, true)),
    `{"event":{"resource_type":"door_release","action":"create",${bare}`,
  );
  assert.equal(compose(body, entryVariant(2, false)), body.replace("access_log", "door_release"));
});

test("numbers of variants are written into rows and never change", () => {
  const forms = (["both", "envelope", "flat"] as const).flatMap((format) =>
    [false, true].flatMap((secrecy) => [false, true].map((quiet) => callVariant({ format, secrecy, quiet }))),
  );
  assert.deepEqual(forms, [16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27]);
  assert.deepEqual(
    [entryVariant(1, false), entryVariant(2, false), entryVariant(1, true), entryVariant(2, true)],
    [1, 2, 3, 4],
  );
});
