// What one GraphQL request may cost, judged on the parsed document before anything is validated or run [reliability.md
// §7.1]. Pure.

import { type DocumentNode, type FragmentDefinitionNode, Kind, type SelectionSetNode, visit } from "graphql";

export const limits = { bodyBytes: 256 * 1024, tokens: 2_000, depth: 8, aliases: 15, rootFields: 10 } as const;

/** A sentence about the limit that the document exceeds, or null. */
export function excess(document: DocumentNode): string | null {
  const aliases = countAliases(document);
  if (aliases > limits.aliases) return `The document has ${aliases} aliases; at most ${limits.aliases} are allowed.`;
  const measure = createMeasure(document);
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const { depth, fields } = measure(definition.selectionSet);
    if (depth > limits.depth) return `The operation is ${depth} fields deep; at most ${limits.depth} are allowed.`;
    if (fields > limits.rootFields) {
      return `The operation has ${fields} fields at its root; at most ${limits.rootFields} are allowed.`;
    }
  }
  return null;
}

function countAliases(document: DocumentNode): number {
  let count = 0;
  visit(document, {
    Field({ alias }) {
      if (alias !== undefined) count++;
    },
  });
  return count;
}

interface Size {
  readonly depth: number;
  /** Fields of the outermost level, fragments spread. */
  readonly fields: number;
}

/** Every fragment is measured once, so that fragments of fragments cannot make measuring itself expensive. A fragment
 * inside itself counts nothing; validation refuses it. Introspection counts no depth: validation bounds it. */
function createMeasure(document: DocumentNode): (selections: SelectionSetNode) => Size {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const sizes = new Map<string, Size>();

  function measure({ selections }: SelectionSetNode): Size {
    let depth = 0;
    let fields = 0;
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        const isIntrospection = selection.name.value === "__schema" || selection.name.value === "__type";
        const below = selection.selectionSet && !isIntrospection ? measure(selection.selectionSet).depth : 0;
        depth = Math.max(depth, below + 1);
        fields += 1;
      } else {
        const size =
          selection.kind === Kind.INLINE_FRAGMENT
            ? measure(selection.selectionSet)
            : fragmentSize(selection.name.value);
        depth = Math.max(depth, size.depth);
        fields += size.fields;
      }
    }
    return { depth, fields };
  }

  function fragmentSize(name: string): Size {
    const known = sizes.get(name);
    if (known !== undefined) return known;
    sizes.set(name, { depth: 0, fields: 0 });
    const fragment = fragments.get(name);
    const size = fragment === undefined ? { depth: 0, fields: 0 } : measure(fragment.selectionSet);
    sizes.set(name, size);
    return size;
  }

  return measure;
}
