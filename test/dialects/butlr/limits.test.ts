import assert from "node:assert/strict";
import { test } from "node:test";
import { getIntrospectionQuery, parse } from "graphql";
import { excess, limits } from "../../../src/dialects/butlr/limits.ts";

const nested = (depth: number): string => "{a".repeat(depth) + "}".repeat(depth);
const judged = (document: string) => excess(parse(document));

test("eight fields deep is allowed, nine is not", () => {
  assert.equal(judged(nested(8)), null);
  assert.match(judged(nested(9)) ?? "", /9 fields deep/);
});

test("fragments hide no depth", () => {
  assert.match(judged(`{ a { ...f } } fragment f on T ${nested(8)}`) ?? "", /9 fields deep/);
  assert.match(judged(`{ a { ... on T ${nested(8)} } }`) ?? "", /9 fields deep/);
});

test("introspection as tools ask for it passes", () => {
  assert.equal(judged(getIntrospectionQuery({ inputValueDeprecation: true, schemaDescription: true })), null);
});

test("fifteen aliases are allowed, sixteen are not, wherever they stand", () => {
  const aliased = (count: number) => `{ a { ${Array.from({ length: count }, (_, i) => `x${i}: b`).join(" ")} } }`;
  assert.equal(judged(aliased(15)), null);
  assert.match(judged(aliased(16)) ?? "", /16 aliases/);
  assert.match(judged(`{ ...f } fragment f on T ${aliased(16)}`) ?? "", /16 aliases/);
});

test("ten fields at the root are allowed, eleven are not, spread or not", () => {
  assert.equal(judged(`{ ${"a ".repeat(10)} }`), null);
  assert.match(judged(`{ ${"a ".repeat(11)} }`) ?? "", /11 fields/);
  assert.match(judged(`{ ${"a ".repeat(6)} ...f } fragment f on T { ${"a ".repeat(5)} }`) ?? "", /11 fields/);
});

test("fragments within themselves and fragments that double do not keep it busy", () => {
  assert.equal(judged("{ ...a } fragment a on T { ...b } fragment b on T { ...a }"), null);
  const levels = Array.from({ length: 300 }, (_, i) => `fragment f${i} on T { x { ...f${i + 1} ...f${i + 1} } }`);
  const doubling = `{ ...f0 } ${levels.join(" ")} fragment f300 on T { x }`;
  assert.match(excess(parse(doubling, { maxTokens: 100_000 })) ?? "", /deep/);
});

test("the limits are those the documents state", () => {
  assert.deepEqual(limits, { bodyBytes: 262_144, tokens: 2_000, depth: 8, aliases: 15, rootFields: 10 });
});
