// The schema as it can be run: the SDL files beside this folder, and a function for every field whose value is not simply a
// property of what it hangs on.

import { readFileSync } from "node:fs";
import { buildSchema, GraphQLObjectType, type GraphQLSchema } from "graphql";
import type { Principal } from "../../../model/principal.ts";

/** Who asks, and for whom. */
export interface Asker {
  readonly who: Principal;
  /** The `belfry-organization` header. */
  readonly organizationHeader: string | undefined;
}

export type Resolve = (source: never, args: never, context: Asker) => unknown;
/** By type and field. */
export type Resolvers = Readonly<Record<string, Readonly<Record<string, Resolve>>>>;

const files = ["schema.graphql", "assets.graphql"];

export function createSchema(...parts: readonly Resolvers[]): GraphQLSchema {
  const text = files.map((file) => readFileSync(new URL(`../${file}`, import.meta.url), "utf8")).join("\n");
  const schema = buildSchema(text);
  for (const [typeName, fields] of parts.flatMap((part) => Object.entries(part))) {
    const type = schema.getType(typeName);
    if (!(type instanceof GraphQLObjectType)) throw new Error(`The schema has no object type ${typeName}.`);
    for (const [name, resolve] of Object.entries(fields)) {
      const field = type.getFields()[name];
      if (field === undefined) throw new Error(`The schema has no field ${typeName}.${name}.`);
      field.resolve = resolve as never;
    }
  }
  return schema;
}
