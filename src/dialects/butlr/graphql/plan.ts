// What an operation selects, worked out once before it runs: fragments spread, fields of one name merged, arguments read.
// The schema has object types only, so nothing of this depends on the values.

import {
  type FieldNode,
  type FragmentDefinitionNode,
  getArgumentValues,
  getDirectiveValues,
  getNamedType,
  type GraphQLField,
  GraphQLIncludeDirective,
  GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  Kind,
  SchemaMetaFieldDef,
  type SelectionNode,
  type SelectionSetNode,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
} from "graphql";

export interface PlannedField {
  /** As it stands in the answer. */
  readonly key: string;
  readonly field: GraphQLField<unknown, unknown>;
  readonly parent: GraphQLObjectType;
  readonly type: GraphQLOutputType;
  readonly nodes: readonly FieldNode[];
  /** Throws where the arguments do not fit. */
  readonly args: () => Record<string, unknown>;
  /** Of an object, or of the objects of a list. */
  readonly selection: readonly PlannedField[];
}

export interface PlanSource {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** The selections of one or more nodes that stand for the same value. The document must be valid. */
export function planSelection(
  source: PlanSource,
  parent: GraphQLObjectType,
  sets: readonly SelectionSetNode[],
): readonly PlannedField[] {
  const byKey = new Map<string, FieldNode[]>();
  const spread = new Set<string>();
  for (const set of sets) collect(source, set.selections, byKey, spread);
  return Array.from(byKey, ([key, nodes]) => planField(source, parent, key, nodes));
}

function collect(
  source: PlanSource,
  selections: readonly SelectionNode[],
  byKey: Map<string, FieldNode[]>,
  spread: Set<string>,
): void {
  for (const selection of selections) {
    if (!isIncluded(source, selection)) continue;
    if (selection.kind === Kind.FIELD) {
      const key = selection.alias?.value ?? selection.name.value;
      const nodes = byKey.get(key);
      if (nodes === undefined) byKey.set(key, [selection]);
      else nodes.push(selection);
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      collect(source, selection.selectionSet.selections, byKey, spread);
    } else {
      const name = selection.name.value;
      if (spread.has(name)) continue;
      spread.add(name);
      collect(source, source.fragments.get(name)!.selectionSet.selections, byKey, spread);
    }
  }
}

function isIncluded({ variables }: PlanSource, selection: SelectionNode): boolean {
  if (getDirectiveValues(GraphQLSkipDirective, selection, variables)?.["if"] === true) return false;
  return getDirectiveValues(GraphQLIncludeDirective, selection, variables)?.["if"] !== false;
}

function planField(
  source: PlanSource,
  parent: GraphQLObjectType,
  key: string,
  nodes: readonly FieldNode[],
): PlannedField {
  const field = fieldOf(source.schema, parent, nodes[0]!.name.value);
  const named = getNamedType(field.type);
  const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
  let args: Record<string, unknown> | undefined;
  return {
    key,
    field,
    parent,
    type: field.type,
    nodes,
    args: () => (args ??= getArgumentValues(field, nodes[0]!, source.variables)),
    selection: named instanceof GraphQLObjectType ? planSelection(source, named, sets) : [],
  };
}

function fieldOf(schema: GraphQLSchema, parent: GraphQLObjectType, name: string): GraphQLField<unknown, unknown> {
  if (name === TypeNameMetaFieldDef.name) return TypeNameMetaFieldDef;
  if (name === SchemaMetaFieldDef.name && parent === schema.getQueryType()) return SchemaMetaFieldDef;
  if (name === TypeMetaFieldDef.name && parent === schema.getQueryType()) return TypeMetaFieldDef;
  return parent.getFields()[name]!;
}
