// From the text of a GraphQL document to one that may be run: parsed, within the limits, valid. Those that are valid are
// kept by their text, since programs send the same few again and again.

import { type DocumentNode, GraphQLError, type GraphQLSchema, parse, validate } from "graphql";
import { LRUCache } from "lru-cache";
import { excess, limits, nestsTooDeep } from "./limits.ts";

export type Prepared =
  /** `isKnown`: it was sent before, and cost nothing this time. */
  | { readonly status: "ready"; readonly document: DocumentNode; readonly isKnown: boolean }
  /** It is too large, whatever it says. */
  | { readonly status: "excessive"; readonly message: string }
  | { readonly status: "faulty"; readonly code: string; readonly errors: readonly unknown[] };

/** Characters of all documents that are kept; parsed they take about sixty bytes for each. */
const kept = 256 * 1024;

export function createDocuments(schema: GraphQLSchema): (text: string) => Prepared {
  const known = new LRUCache<string, DocumentNode>({
    max: 500,
    maxSize: kept,
    sizeCalculation: (_, text) => text.length,
  });
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return { status: "ready", document: before, isKnown: true };
    const prepared = prepare(text, schema);
    if (prepared.status === "ready") known.set(text, prepared.document);
    return prepared;
  };
}

function prepare(text: string, schema: GraphQLSchema): Prepared {
  if (nestsTooDeep(text))
    return { status: "excessive", message: `It opens more than ${limits.braces} braces at once.` };
  let document: DocumentNode;
  try {
    document = parse(text, { maxTokens: limits.tokens });
  } catch (error) {
    if (error instanceof GraphQLError && /more tha[nt] \d+ tokens/.test(error.message)) {
      return { status: "excessive", message: `The document has more than ${limits.tokens} tokens.` };
    }
    return { status: "faulty", code: "GRAPHQL_PARSE_FAILED", errors: [error] };
  }
  const message = excess(document);
  if (message !== null) return { status: "excessive", message };
  const errors = validate(schema, document, undefined, { maxErrors: 10 });
  if (errors.length === 0) return { status: "ready", document, isKnown: false };
  return { status: "faulty", code: "GRAPHQL_VALIDATION_FAILED", errors };
}
