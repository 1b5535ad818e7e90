// The schema against what programs written for Butlr's API rely on.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import {
  buildSchema,
  GraphQLEnumType,
  GraphQLInputObjectType,
  type GraphQLNamedType,
  GraphQLObjectType,
  isRequiredArgument,
  isRequiredInputField,
  isSpecifiedScalarType,
} from "graphql";
import { createSchema } from "../../../src/dialects/butlr/graphql/schema.ts";

const documented = buildSchema(readFileSync(new URL("./documented.graphql", import.meta.url), "utf8"));
const ours = createSchema();

/** Every fact about a type that a program can rely on, as text. */
function factsOf(type: GraphQLNamedType): string[] {
  const kind = `${type.constructor.name} ${type.name}`;
  if (type instanceof GraphQLEnumType) return [kind, ...type.getValues().map(({ name }) => `${type.name}.${name}`)];
  if (type instanceof GraphQLInputObjectType) {
    return [
      kind,
      ...Object.values(type.getFields()).map((field) => `${type.name}.${field.name}: ${String(field.type)}`),
    ];
  }
  if (!(type instanceof GraphQLObjectType)) return [kind];
  return [
    kind,
    ...Object.values(type.getFields()).flatMap((field) => [
      `${type.name}.${field.name}: ${String(field.type)}`,
      ...field.args.map((arg) => `${type.name}.${field.name}(${arg.name}: ${String(arg.type)})`),
    ]),
  ];
}

const types = (schema: typeof ours) =>
  Object.values(schema.getTypeMap()).filter((type) => !type.name.startsWith("__") && !isSpecifiedScalarType(type));

describe("Belfry's schema", () => {
  test("has every documented type, field, argument and enum member, with its type", () => {
    const has = new Set(types(ours).flatMap(factsOf));
    const missing = types(documented)
      .flatMap(factsOf)
      .filter((fact) => !has.has(fact));
    assert.deepEqual(missing, []);
    assert.ok(types(documented).flatMap(factsOf).length > 250);
  });

  test("demands nothing that a documented program does not send", () => {
    const demands = types(ours).flatMap((type) => {
      const known = documented.getType(type.name);
      if (type instanceof GraphQLInputObjectType && known instanceof GraphQLInputObjectType) {
        return Object.values(type.getFields()).flatMap((field) =>
          isRequiredInputField(field) && known.getFields()[field.name] === undefined
            ? [`${type.name}.${field.name}`]
            : [],
        );
      }
      if (!(type instanceof GraphQLObjectType) || !(known instanceof GraphQLObjectType)) return [];
      return Object.values(type.getFields()).flatMap((field) => {
        const args = known.getFields()[field.name]?.args.map(({ name }) => name);
        return field.args.flatMap((arg) =>
          args !== undefined && isRequiredArgument(arg) && !args.includes(arg.name)
            ? [`${field.name}(${arg.name})`]
            : [],
        );
      });
    });
    assert.deepEqual(demands, []);
  });

  test("has object types only, so that what is selected is known before anything runs", () => {
    const abstract = types(ours).filter(({ constructor: { name } }) => /Union|Interface/.test(name));
    assert.deepEqual(abstract, []);
  });

  test("says of every field of a webhook what it means", () => {
    const webhook = ours.getType("Webhook") as GraphQLObjectType;
    for (const { name, description } of Object.values(webhook.getFields())) assert.ok(description, name);
  });
});
