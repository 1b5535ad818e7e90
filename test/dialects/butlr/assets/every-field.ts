// Selections that name everything: for asking for all fields at once, and for asking after each by itself.

import { getNamedType, type GraphQLField, GraphQLObjectType, type GraphQLSchema, isRequiredArgument } from "graphql";

/** All fields of a type, objects down to `depth` further levels; below, records with id and name only. */
export function everyField(type: GraphQLObjectType, depth: number): string {
  const parts = Object.values(type.getFields()).flatMap((field) => {
    if (field.args.some(isRequiredArgument)) return [];
    const named = getNamedType(field.type);
    if (!(named instanceof GraphQLObjectType)) return [field.name];
    if (depth > 0) return [`${field.name} ${everyField(named, depth - 1)}`];
    const isRecord = ["id", "name"].every((name) => named.getFields()[name] !== undefined);
    return [`${field.name} ${isRecord ? "{ id name }" : leavesOf(named)}`];
  });
  return `{ ${parts.join(" ")} }`;
}

function leavesOf(type: GraphQLObjectType): string {
  const names = Object.values(type.getFields()).flatMap((field) =>
    getNamedType(field.type) instanceof GraphQLObjectType ? [] : [field.name],
  );
  return `{ ${names.length === 0 ? "__typename" : names.join(" ")} }`;
}

export function fieldOf(schema: GraphQLSchema, type: string, name: string): GraphQLField<unknown, unknown> {
  return (schema.getType(type) as GraphQLObjectType).getFields()[name]!;
}
