import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { getIntrospectionQuery, type OperationDefinitionNode, parse } from "graphql";
import { comparisons } from "../../../../src/dialects/butlr/graphql/comparisons.ts";
import { excess, limits, nestsTooDeep } from "../../../../src/dialects/butlr/graphql/limits.ts";

const nested = (depth: number): string => "{a".repeat(depth) + "}".repeat(depth);
const parseSet = (text: string) => (parse(text).definitions[0] as OperationDefinitionNode).selectionSet;
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

test("fifty fields of one name in one selection are allowed, fifty-one are not", () => {
  assert.equal(judged(`{ a { ${"b ".repeat(50)} } }`), null);
  assert.match(judged(`{ a { ${"b ".repeat(51)} } }`) ?? "", /has b more than 50 times/);
  assert.match(judged(`{ ${"...f ".repeat(51)} } fragment f on T { a { b } }`) ?? "", /has f more than 50 times/);
  assert.match(judged(`{ ${"... { a } ".repeat(51)} }`) ?? "", /inline fragment more than 50 times/);
});

test("what validation compares is counted: every pair of fields that stand for one value", () => {
  const repeat = (count: number, text: string) => `${text} `.repeat(count);
  // 240 fields of one name in 8 KB kept a core busy for 100 ms.
  const crowded = `{ ${repeat(6, `rooms { ${repeat(40, "sensors { id name mac_address }")} }`)} }`;
  assert.match(judged(crowded) ?? "", /repeats too many fields/);
  const spread = `{ rooms { ${Array.from({ length: 20 }, (_, n) => `...f${n}`).join(" ")} } }`;
  const fragments = Array.from({ length: 20 }, (_, n) => `fragment f${n} on T { ${repeat(4, "sensors { id }")} }`);
  assert.match(judged(`${spread} ${fragments.join(" ")}`) ?? "", /repeats too many fields/);
  assert.match(judged(`{ a } ${fragments.join(" ")} fragment all on T ${spread}`) ?? "", /repeats too many fields/);
  assert.equal(comparisons([parseSet("{ a a a b { c } b { c ... { c } } x: a }")], new Map()), 3 + 1 + 3);
  // Twenty parts of a program that all want an id of the same thing are no attack.
  const parts = Array.from({ length: 20 }, (_, n) => `fragment p${n} on T { id name f${n} }`);
  assert.equal(judged(`{ a { ${parts.map((_, n) => `...p${n}`).join(" ")} } } ${parts.join(" ")}`), null);
});

test("five directives at one place are allowed, six are not", () => {
  const directed = (count: number) => "@a ".repeat(count);
  for (const where of ["{ b D }", "query D { b }", "{ ...f D } fragment f on T { b }", "{ ... D { b } }"]) {
    assert.equal(judged(where.replace("D", directed(5))), null);
    assert.match(judged(where.replace("D", directed(6))) ?? "", /6 directives/);
  }
});

test("a thousand fields are allowed, and those of a fragment count wherever it is spread", () => {
  const fields = (count: number) => Array.from({ length: count }, (_, n) => `f${n}`).join(" ");
  assert.equal(judged(`{ a { ${fields(999)} } }`), null);
  assert.match(judged(`{ a { ${fields(1_000)} } }`) ?? "", /more than 1000 fields/);
  const spread = `{ ${"a { ...f } ".repeat(5)} } fragment f on T { ${fields(200)} }`;
  assert.match(judged(spread) ?? "", /more than 1000 fields/);
});

test("two hundred open braces may be parsed, more are refused before", () => {
  assert.equal(nestsTooDeep("{".repeat(200)), false);
  assert.equal(nestsTooDeep("{".repeat(201)), true);
  assert.equal(nestsTooDeep("{}".repeat(10_000)), false);
  assert.equal(nestsTooDeep("}".repeat(300) + "{".repeat(201)), true);
});

test("fragments within themselves and fragments that double do not keep it busy", () => {
  const endless = /more than 1000 fields/;
  assert.match(judged("{ ...a } fragment a on T { ...b } fragment b on T { ...a }") ?? "", endless);
  assert.match(judged("{ b } fragment a on T { x { ...a } }") ?? "", endless);
  const levels = Array.from({ length: 300 }, (_, i) => `fragment f${i} on T { x { ...f${i + 1} ...f${i + 1} } }`);
  const doubling = `{ ...f0 } ${levels.join(" ")} fragment f300 on T { x }`;
  assert.match(excess(parse(doubling, { maxTokens: 100_000 })) ?? "", /deep/);
});

test("the limits are those the documents state", () => {
  const page = readFileSync(new URL("../../../../docs/vendor-apis.md", import.meta.url), "utf8").replaceAll("\n", " ");
  const count = (value: number): string => value.toLocaleString("en");
  const { bodyBytes, tokens, depth, aliases, rootFields, fields, repeats, directives } = limits;
  for (const stated of [
    `${bodyBytes / 1024} KiB`,
    `${count(tokens)} tokens`,
    `${depth} levels`,
    `${aliases} aliases`,
    `${rootFields} root fields`,
    `${count(fields)} fields in all`,
    `${count(limits.comparisons)} pairs of fields that stand for one value`,
    `${repeats} of one name in one selection`,
    `${directives} directives at one place`,
  ]) {
    assert.ok(page.includes(` ${stated},`), stated);
  }
});
