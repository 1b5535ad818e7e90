// What one GraphQL document may cost, judged on the parsed document before anything is validated or run [reliability.md
// §7.1]. What its answer may cost is work.ts. Pure.

import {
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from "graphql";
import { comparisons } from "./comparisons.ts";

export const limits = {
  bodyBytes: 256 * 1024,
  tokens: 2_000,
  /** Open at once, before anything is parsed. */
  braces: 200,
  depth: 8,
  aliases: 15,
  rootFields: 10,
  /** Of one name in one selection, spreads of a fragment as well. */
  repeats: 50,
  /** At one place. */
  directives: 5,
  /** Of an operation, every fragment counted wherever it is spread. */
  fields: 1_000,
  /** Of fields that stand for one value, in the whole document. */
  comparisons: 2_000,
} as const;

/** Whether a text opens more braces than any document may. Braces in strings count: none needs so many. */
export function nestsTooDeep(text: string): boolean {
  let open = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x7b && ++open > limits.braces) return true;
    if (code === 0x7d && open > 0) open--;
  }
  return false;
}

/** A sentence about the limit that the document exceeds, or null. */
export function excess(document: DocumentNode): string | null {
  const plain = plainExcess(document);
  if (plain !== null) return plain;
  const fragments = fragmentsOf(document);
  const measure = createMeasure(fragments);
  let repeated = 0;
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION && definition.kind !== Kind.FRAGMENT_DEFINITION) continue;
    // Fragments as well: validation looks also at those that nothing spreads.
    const message = sizeExcess(measure(definition.selectionSet), definition.kind === Kind.OPERATION_DEFINITION);
    if (message !== null) return message;
    repeated += comparisons([definition.selectionSet], fragments);
    if (repeated > limits.comparisons) return "The document repeats too many fields. Name each field once.";
  }
  return null;
}

function sizeExcess({ depth, roots, fields }: Size, isOperation: boolean): string | null {
  if (isOperation && depth > limits.depth) {
    return `The operation is ${depth} fields deep; at most ${limits.depth} are allowed.`;
  }
  if (isOperation && roots > limits.rootFields) {
    return `The operation has ${roots} fields at its root; at most ${limits.rootFields} are allowed.`;
  }
  return fields > limits.fields
    ? `The operation has more than ${limits.fields} fields, those of fragments included.`
    : null;
}

/** What can be seen without following fragments. */
function plainExcess(document: DocumentNode): string | null {
  let aliases = 0;
  let excess: string | null = null;
  const directives = (node: { readonly directives?: readonly DirectiveNode[] | undefined }): void => {
    const count = node.directives?.length ?? 0;
    if (count > limits.directives) {
      excess ??= `One place has ${count} directives; at most ${limits.directives} are allowed.`;
    }
  };
  visit(document, {
    OperationDefinition: directives,
    VariableDefinition: directives,
    FragmentDefinition: directives,
    FragmentSpread: directives,
    InlineFragment: directives,
    Field(field) {
      directives(field);
      if (field.alias !== undefined) aliases++;
    },
    SelectionSet({ selections }) {
      const name = mostRepeated(selections);
      if (name !== null) excess ??= `One selection has ${name} more than ${limits.repeats} times.`;
    },
  });
  if (aliases > limits.aliases) return `The document has ${aliases} aliases; at most ${limits.aliases} are allowed.`;
  return excess;
}

function mostRepeated(selections: readonly SelectionNode[]): string | null {
  if (selections.length <= limits.repeats) return null;
  const counts = new Map<string, number>();
  for (const selection of selections) {
    const name = selection.kind === Kind.INLINE_FRAGMENT ? "an inline fragment" : selection.name.value;
    const count = (counts.get(name) ?? 0) + 1;
    if (count > limits.repeats) return name;
    counts.set(name, count);
  }
  return null;
}

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

function fragmentsOf(document: DocumentNode): Fragments {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  return fragments;
}

interface Size {
  readonly depth: number;
  /** Fields of the outermost level, fragments spread. */
  readonly roots: number;
  /** Fields of all levels. */
  readonly fields: number;
}

const nothing: Size = { depth: 0, roots: 0, fields: 0 };
const endless: Size = { depth: 0, roots: 0, fields: Infinity };

/** Every fragment is measured once, so that fragments of fragments cannot make measuring itself expensive. A fragment
 * inside itself has no end. Introspection counts no depth: validation bounds it. */
function createMeasure(fragments: Fragments): (selections: SelectionSetNode) => Size {
  const sizes = new Map<string, Size>();

  const measure = ({ selections }: SelectionSetNode): Size =>
    selections.map(measureOne).reduce(
      (sum, each) => ({
        depth: Math.max(sum.depth, each.depth),
        roots: sum.roots + each.roots,
        fields: sum.fields + each.fields,
      }),
      nothing,
    );

  const measureOne = (selection: SelectionNode): Size => {
    if (selection.kind === Kind.FIELD) return measureField(selection);
    if (selection.kind === Kind.INLINE_FRAGMENT) return measure(selection.selectionSet);
    return measureFragment(selection.name.value);
  };

  const measureField = ({ name: { value: name }, selectionSet }: FieldNode): Size => {
    if (selectionSet === undefined) return { depth: 1, roots: 1, fields: 1 };
    const below = measure(selectionSet);
    const isIntrospection = name === "__schema" || name === "__type";
    return { depth: isIntrospection ? 1 : below.depth + 1, roots: 1, fields: below.fields + 1 };
  };

  const measureFragment = (name: string): Size => {
    const known = sizes.get(name);
    if (known !== undefined) return known;
    sizes.set(name, endless);
    const fragment = fragments.get(name);
    const size = fragment === undefined ? nothing : measure(fragment.selectionSet);
    sizes.set(name, size);
    return size;
  };

  return measure;
}
