import assert from "node:assert/strict";
import { test } from "node:test";
import { answerType, graphqlType } from "../../../../src/dialects/butlr/graphql/accept.ts";

test("the newer media type is taken wherever it is listed, else JSON, else nothing", () => {
  const json = "application/json";
  for (const [accept, type] of [
    [undefined, json],
    ["*/*", json],
    ["application/*", json],
    ["application/json", json],
    ["text/html, application/json;q=0.5", json],
    [graphqlType, graphqlType],
    [`${graphqlType}; charset=utf-8`, graphqlType],
    [`${graphqlType},application/json;q=0.9`, graphqlType],
    [`application/json, ${graphqlType}`, graphqlType],
    ["APPLICATION/GRAPHQL-RESPONSE+JSON", graphqlType],
    [`${graphqlType};q=0, application/json`, json],
    [`${graphqlType};charset=iso-8859-1, */*`, json],
    ["text/html", null],
    ["application/json;q=0", null],
    ["", null],
  ] as const) {
    assert.equal(answerType(accept), type, String(accept));
  }
});
