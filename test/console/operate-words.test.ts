// What the pages of replays, the audit and the model work out by themselves, as far as it needs no browser.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import { kindsFor, kindWords } from "../../console/src/alerts/words.ts";
import { actWords, groups } from "../../console/src/audit/words.ts";
import { fromLocal, toLocal } from "../../console/src/deliveries/local-time.ts";
import { find } from "../../console/src/frame/find.ts";
import { lineOfSyntaxError, linesOf } from "../../console/src/model/lines.ts";
import { differenceOf, recordsOf } from "../../console/src/model/records.ts";
import { bodyOf, endsAt, lasts } from "../../console/src/replays/criteria.ts";
import { barsOf, totalsOf } from "../../console/src/replays/hours.ts";
import { kindsFor as kindsOfServer } from "../../src/model/alert.ts";

describe("the line of a fault", () => {
  const text = `{
  "organization": {"id": "o", "name": "A \\"quoted\\" { name"},
  "sites": [
    {
      "id": "s", "timezone":
        "Nowhere",
      "buildings": [{"id": "b"},
        {"id": "c", "name": null}]
    }
  ]
}`;

  test("is that of its value, and of what is missing that of the record around it", () => {
    const lines = linesOf(text, [
      "sites[0].timezone",
      "sites[0].buildings[1].name",
      "sites[0].buildings[0].name",
      "sites[0].buildings[7]",
      "organization.name",
      "nowhere",
      "",
    ]);
    assert.deepEqual([...lines.values()], [6, 8, 7, 7, 2, 1, 1]);
  });

  test("is found for every value of every document, however it is named and nested", () => {
    let next = 1_000_000;
    const leaf = fc.constant(null).map(() => next++);
    const key = fc.stringMatching(/^[a-z_]{1,4}$/);
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie("tree"), { maxLength: 4 }),
        fc.dictionary(key, fc.oneof(tie("tree"), fc.constant('{"[\\,\n:7'), fc.boolean()), { noNullPrototype: true }),
      ),
    }));
    const leaves = (value: unknown, path: string): readonly (readonly [string, number])[] => {
      if (typeof value === "number") return [[path, value]];
      if (Array.isArray(value)) return value.flatMap((each, index) => leaves(each, `${path}[${index}]`));
      if (typeof value !== "object" || value === null) return [];
      return Object.entries(value).flatMap(([name, each]) => leaves(each, path === "" ? name : `${path}.${name}`));
    };
    fc.assert(
      fc.property(tree, fc.constantFrom(0, 1, 2), (value, indent) => {
        const written = JSON.stringify(value, null, indent);
        const all = leaves(value, "").filter(([path]) => path !== "");
        const rows = written.split("\n");
        const found = linesOf(
          written,
          all.map(([path]) => path),
        );
        for (const [path, number] of all) assert.ok(rows[found.get(path)! - 1]!.includes(String(number)), path);
      }),
      { numRuns: 150 },
    );
  });

  test("of what is no JSON is read from what each browser says", () => {
    const broken = '{\n  "a": 1,\n  "b": x\n}';
    assert.equal(lineOfSyntaxError(broken, `Unexpected token 'x' at position ${broken.indexOf("x")}`), 3);
    assert.equal(lineOfSyntaxError(broken, "unexpected character at line 3 column 8 of the JSON data"), 3);
    assert.equal(lineOfSyntaxError("{\n", "Unexpected end of JSON input"), 2);
    assert.equal(lineOfSyntaxError(broken, "JSON Parse error: Unexpected identifier"), null);
    // As V8 says it: with a place, or with a piece of the text alone.
    const placed = "Expected property name or '}' in JSON at position 4 (line 2 column 3)";
    assert.equal(lineOfSyntaxError("{\n  x", placed), 2);
    assert.equal(lineOfSyntaxError(broken, `Unexpected token 'x', ..."1,\n  "b": x\n}" is not valid JSON`), null);
  });

  test("is not taken from a piece of the text that the browser quotes", () => {
    assert.equal(lineOfSyntaxError("[]", `Unexpected token 'x', ..."see line 7", x}" is not valid JSON`), null);
    assert.equal(lineOfSyntaxError("[]", `Unexpected token 'x', ..."position 0", x}" is not valid JSON`), null);
  });
});

describe("the difference of two models", () => {
  const room = (id: string, more: object = {}) => ({ id, name: `Room ${id}`, ...more });
  const model = (rooms: readonly object[], more: object = {}) => ({
    organization: { id: "o", name: "One" },
    sites: [
      {
        id: "s",
        name: "Site",
        timezone: "UTC",
        buildings: [{ id: "b", name: "House", floors: [{ id: "f", name: "1", rooms }], ...more }],
      },
    ],
  });

  test("of a model to itself is nothing", () => {
    const same = model([room("a"), room("b")]);
    assert.deepEqual(differenceOf(same, structuredClone(same)), { added: [], changed: [], removed: [] });
  });

  test("names what came, what went, and each field that changed, with where it lies", () => {
    const before = model([room("a", { capacity: { max: 4 } }), room("b"), room("c")]);
    const after = model([room("a", { capacity: { max: 5 } }), room("b", { name: "Bee" }), room("d")], {
      tenants: [{ id: "t", unit_id: "u", first_name: "Ada", last_name: "Moss" }],
    });
    const { added, changed, removed } = differenceOf(before, after);
    assert.deepEqual(
      added.map(({ kind, name, path }) => [kind, name, path.join("/")]),
      [
        ["room", "Room d", "Site/House/1"],
        ["tenant", "Ada Moss", "Site/House"],
      ],
    );
    assert.deepEqual(
      changed.map(({ record, fields }) => [record.id, fields]),
      [
        ["a", [{ name: "capacity", before: { max: 4 }, after: { max: 5 } }]],
        ["b", [{ name: "name", before: "Room b", after: "Bee" }]],
      ],
    );
    assert.deepEqual(
      removed.map(({ id }) => id),
      ["c"],
    );
  });

  test("tells a record that moved, the organization's new name, and takes no assigned number for a change", () => {
    const before = model([room("a", { butterflymx_id: 7 })], { butterflymx_id: 9 });
    const after = { ...model([], {}), organization: { id: "o", name: "Two" } };
    (after.sites[0]!.buildings[0] as { floors: object[] }).floors.push({ id: "g", name: "2", rooms: [room("a")] });
    const { changed, added } = differenceOf(before, after);
    assert.deepEqual(
      changed.map(({ record, fields }) => [record.kind, fields]),
      [
        ["organization", [{ name: "name", before: "One", after: "Two" }]],
        ["room", [{ name: "lies in", before: "f", after: "g" }]],
      ],
    );
    assert.deepEqual(
      added.map(({ id }) => id),
      ["g"],
    );
  });

  test("of anything to anything never throws, and what is no model has one record", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => void differenceOf(a, b)),
      { numRuns: 100 },
    );
    assert.equal(recordsOf(null).length, 1);
  });
});

describe("a replay", () => {
  const hour = 3_600_000;
  const at = (hours: number): string => new Date(hours * hour).toISOString();
  const counts = [
    { type: "A", hour: at(1), count: 4 },
    { type: "A", hour: at(3), count: 1 },
    { type: "B", hour: at(3), count: 7 },
  ];

  test("has a bar for each hour, empty ones too, of the types that are chosen", () => {
    assert.deepEqual(
      barsOf(counts, 0.5 * hour, 4 * hour, null).map(({ total }) => total),
      [0, 4, 0, 8],
    );
    assert.deepEqual(
      barsOf(counts, hour, 3.5 * hour, ["A"]).map(({ total }) => total),
      [4, 0, 1],
    );
    assert.deepEqual(totalsOf(counts), [
      ["B", 7],
      ["A", 5],
    ]);
  });

  test("takes as long as its pace or the receiver's limit, whichever is slower", () => {
    assert.deepEqual(lasts(600, 100, null), { ms: 6_000, isLimited: false });
    assert.deepEqual(lasts(600, 100, 200), { ms: 6_000, isLimited: false });
    assert.deepEqual(lasts(600, 100, 0.5), { ms: 1_200_000, isLimited: true });
  });

  test("ends in proportion to how far it came, which cannot be said at its beginning or its end", () => {
    assert.equal(endsAt(0.25, 1_000, 2_000), 5_000);
    for (const progress of [0, 0.005, 1]) assert.equal(endsAt(progress, 1_000, 2_000), null);
  });

  test("asks only for what was chosen", () => {
    const all = { subscription: "webhook_1", from: 1, to: 2, types: null, endings: null, perSecond: null };
    assert.deepEqual(bodyOf(all, false), { subscription: "webhook_1", from: 1, to: 2 });
    assert.deepEqual(bodyOf({ ...all, types: ["A"], endings: ["none"], perSecond: 5 }, true), {
      subscription: "webhook_1",
      from: 1,
      to: 2,
      types: ["A"],
      states: ["none"],
      per_second: 5,
      dry_run: true,
    });
  });
});

describe("a moment in a field", () => {
  const zone = "Europe/Berlin";
  const iso = (at: number): string => new Date(at).toISOString();

  test("is local, and comes back, in summer and in winter", () => {
    assert.equal(toLocal(iso(Date.UTC(2026, 5, 17, 10)), zone), "2026-06-17T12:00");
    assert.equal(toLocal(iso(Date.UTC(2026, 11, 17, 10)), zone), "2026-12-17T11:00");
    assert.equal(fromLocal("2026-06-17T12:00", zone), iso(Date.UTC(2026, 5, 17, 10)));
    assert.deepEqual([toLocal("never", zone), fromLocal("", zone)], ["", null]);
  });

  test("comes back for every minute but those of the hour that comes twice, on either side of Greenwich", () => {
    const first = Date.UTC(2026, 0, 1);
    const cases = [
      ["Europe/Berlin", Date.UTC(2026, 9, 25, 1)],
      ["America/New_York", Date.UTC(2026, 10, 1, 6)],
    ] as const;
    for (const [zone, twice] of cases) {
      fc.assert(
        fc.property(fc.integer({ min: 0, max: 525_600 }), (minutes) => {
          const at = iso(first + minutes * 60_000);
          const back = fromLocal(toLocal(at, zone), zone)!;
          const isTwice = Math.abs(first + minutes * 60_000 - twice) <= 3_600_000;
          if (isTwice) assert.equal(toLocal(back, zone), toLocal(at, zone));
          else assert.equal(back, at);
        }),
        { numRuns: 300, examples: [[(twice - first) / 60_000 + 30]] },
      );
    }
  });
});

test("each role is offered the kinds of alerts that it may hear of, each in words", () => {
  for (const role of ["operator", "organization", "building", "tenant"] as const) {
    assert.deepEqual(kindsFor(role), kindsOfServer(role));
    for (const kind of kindsFor(role)) assert.notEqual(kindWords(kind), kind);
  }
  assert.equal(kindWords("moon.full"), "moon.full", "of a later release");
});

test("acts of the audit are words, and one that is not known is told by its name", () => {
  assert.equal(actWords("key.create"), "made the key");
  assert.equal(actWords("signing_secret.reveal"), "looked at the signing secret of");
  assert.equal(actWords("access_tool.delete"), "removed the access tool");
  assert.equal(actWords("thing.frobnicate"), "did thing.frobnicate to");
  assert.equal(actWords("odd"), "did odd to");
  for (const [action] of groups) assert.ok(action.endsWith("."), "the API takes all that begin so");
});

test("the search knows replays, alerts and keys by their ids", () => {
  const none = new Map();
  assert.equal(find("replay_3MRk1xyw7vGN", none)?.path, "/replays/replay_3MRk1xyw7vGN");
  assert.deepEqual(find("alert_3MRk", none), { path: "/alerts", query: { find: "alert_3MRk" } });
  assert.equal(find(" client_3MRk ", none)?.path, "/keys");
});
