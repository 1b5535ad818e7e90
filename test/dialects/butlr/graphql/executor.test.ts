import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { buildSchema, execute as reference, getOperationAST, type GraphQLError, parse, validate } from "graphql";
import { fc } from "../../../fixtures/properties.ts";
import { systemClock } from "../../../../src/clock.ts";
import { execute } from "../../../../src/dialects/butlr/graphql/executor.ts";
import { createGate } from "../../../../src/dialects/butlr/graphql/gate.ts";
import { createTurns } from "../../../../src/turns.ts";
import { createWork, TooMuch } from "../../../../src/dialects/butlr/graphql/work.ts";

const schema = buildSchema(`
  scalar JSON
  enum Colour { RED GREEN }
  type Query { thing: Thing  must: Thing!  things(count: Int = 3): [Thing!]  maybe(count: Int!): [Thing]  echo(text: String): String }
  type Mutation { one: Thing two: Thing }
  type Thing {
    id: ID!  text: String  number: Float!  whole: Int  flag: Boolean!  colour: Colour  json: JSON  list: [[Float!]]
    later: String!  none: String  broken: String  brokenMust: String!  nullMust: Int!  wrong: Int
    self: Thing  selfMust: Thing!  more(count: Int = 2): [Thing!]!  holes: [Thing]
  }
`);

const thing: Record<string, unknown> = {
  id: 7,
  text: 'a "quoted"\n\u2028 text',
  number: 0.5,
  whole: 3,
  flag: true,
  colour: "RED",
  json: { a: [1, null, { b: "c" }] },
  list: [[1, 2], null, []],
  later: async () => "later",
  none: null,
  broken: () => {
    throw new Error("broken");
  },
  brokenMust: async () => {
    throw new Error("broken later");
  },
  nullMust: undefined,
  wrong: "not a number",
  self: () => thing,
  selfMust: async () => thing,
  more: ({ count }: { count: number }) => Array.from({ length: count }, () => thing),
  holes: () => [thing, null, thing],
};

const root: Record<string, unknown> = {
  thing,
  must: async () => thing,
  things: ({ count }: { count: number }) => Array.from({ length: count }, () => thing),
  maybe: async ({ count }: { count: number }) =>
    Array.from({ length: count }, (_, index) => (index === 1 ? null : thing)),
  echo: ({ text }: { text?: string }) => text ?? null,
};
for (const field of Object.values(schema.getQueryType()!.getFields())) {
  field.resolve = (_source, args, context, info) => {
    const value = root[info.fieldName];
    return typeof value === "function" ? value(args, context, info) : value;
  };
}

const told = ({ message, path, locations }: GraphQLError): string => JSON.stringify([message, path, locations]);

const newWork = () => createWork(createTurns(systemClock), createGate(4), "org");

async function both(text: string, variables: Record<string, unknown> = {}) {
  const document = parse(text);
  const faults = validate(schema, document);
  assert.deepEqual(faults.map(String), [], text);
  const ours = await execute({
    schema,
    document,
    operation: getOperationAST(document)!,
    variables,
    context: {},
    work: newWork(),
  });
  const theirs = await reference({ schema, document, variableValues: variables });
  if (ours.status === "refused") return { ours: ours.errors, theirs };
  const data: unknown = JSON.parse(Buffer.concat([...ours.data]).toString());
  return {
    ours: { data, errors: ours.errors },
    theirs: { data: JSON.parse(JSON.stringify(theirs.data)), errors: theirs.errors },
  };
}

const leaves = ["id", "text", "number", "whole", "flag", "colour", "json", "list", "later", "none", "__typename"];
const faulty = ["broken", "brokenMust", "nullMust", "wrong"];

const { selection } = fc.letrec<{ selection: string; part: string }>((tie) => ({
  part: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { weight: 6, arbitrary: fc.constantFrom(...leaves) },
    { weight: 1, arbitrary: fc.constantFrom(...faulty) },
    { weight: 1, arbitrary: fc.constantFrom(...leaves).map((name) => `other_${name}: ${name}`) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(...leaves).chain((name) => fc.boolean().map((on) => `${name} @include(if: ${on})`)),
    },
    { weight: 1, arbitrary: fc.constantFrom("...Few", "... on Thing { whole ...Few }", "...Few @skip(if: true)") },
    {
      weight: 3,
      arbitrary: fc
        .tuple(fc.constantFrom("self", "selfMust", "more", "holes", "again: more(count: 1)"), tie("selection"))
        .map(([name, inner]) => `${name} ${inner}`),
    },
  ),
  selection: fc.array(tie("part"), { minLength: 1, maxLength: 4 }).map((parts) => `{ ${parts.join(" ")} }`),
}));

describe("the executor", () => {
  test("answers any operation as graphql-js does", async () => {
    const roots = ["thing", "must", "things", "things(count: 0)", "maybe(count: 3)"];
    const operation = fc.array(fc.tuple(fc.constantFrom(...roots), selection), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(operation, async (parts) => {
        const fields = parts.map(([name, inner], index) => `r${index}: ${name} ${inner}`).join(" ");
        const text = `{ ${fields} } fragment Few on Thing { id self { text } more(count: 1) { flag } }`;
        const used = text.includes("...Few") ? text : text.replace(/ fragment .*/, "");
        const document = parse(used);
        // Fields of one name may not be asked for in two ways; and `self` of a fragment may meet another.
        fc.pre(validate(schema, document).length === 0);
        const { ours, theirs } = await both(used);
        assert.ok("data" in ours);
        assert.deepEqual(ours.data, theirs.data);
        assert.equal(ours.errors.length > 0, theirs.errors !== undefined);
        const [mine, others] = [ours.errors, theirs.errors ?? []];
        // Of several errors that make null of the same value either may be told; and we tell a hundred.
        if (used.includes("Must") || others.length > 100) return;
        assert.deepEqual(mine.map(told).toSorted(), others.map(told).toSorted());
      }),
      { numRuns: 300 },
    );
  });

  test("makes null of the nearest value that may be, and says where and why", async () => {
    const { ours } = await both("{ thing { text self { selfMust { more { brokenMust } } } } must { id } }");
    assert.ok("data" in ours);
    assert.deepEqual(ours.data, { thing: { text: thing["text"], self: null }, must: { id: "7" } });
    assert.deepEqual(
      ours.errors.map(({ message, path }) => [message, path]),
      [["broken later", ["thing", "self", "selfMust", "more", 0, "brokenMust"]]],
    );
    const all = await both("{ thing { id } must { nullMust } }");
    assert.ok("data" in all.ours);
    assert.equal(all.ours.data, null);
    assert.match(all.ours.errors[0]!.message, /non-nullable field Thing.nullMust/);
  });

  test("takes back what it has written, also beyond a piece of the answer", async () => {
    const long = "x".repeat(70_000);
    const text = `{ before: echo(text: "${long}") thing { self { a: selfMust { id } selfMust { text brokenMust } } } after: echo(text: "b") }`;
    const late = `{ thing { self { selfMust { text more(count: 3000) { text text2: text } brokenMust } } } after: echo(text: "b") }`;
    for (const each of [text, late]) {
      const { ours, theirs } = await both(each);
      assert.ok("data" in ours);
      assert.deepEqual(ours.data, theirs.data);
    }
  });

  test("takes variables and their defaults, and refuses those that do not fit before anything runs", async () => {
    const text = "query($count: Int! = 2, $text: String) { maybe(count: $count) { id } echo(text: $text) }";
    for (const variables of [{}, { count: 1 }, { text: null }, { text: "t" }]) {
      const { ours, theirs } = await both(text, variables);
      assert.ok("data" in ours);
      assert.deepEqual(ours.data, theirs.data);
    }
    const { ours } = await both(text, { count: "many" });
    assert.ok(Array.isArray(ours));
    assert.match(String(ours[0]), /\$count/);
  });

  test("stops where the answer would have more than a million values", async () => {
    const document = parse("{ things(count: 2000) { more(count: 600) { id } } }");
    const running = execute({
      schema,
      document,
      operation: getOperationAST(document)!,
      variables: {},
      context: {},
      work: newWork(),
    });
    await assert.rejects(running, TooMuch);
  });

  test("lets others run between the slices of a long list", async () => {
    let turns = 0;
    let running = true;
    const count = (): void => {
      turns++;
      if (running) setImmediate(count);
    };
    setImmediate(count);
    const { ours } = await both("{ things(count: 20000) { id text number whole flag } }");
    running = false;
    assert.ok("data" in ours);
    assert.ok(turns > 5, `${turns} turns`);
  });
});
