// Checks a building model before anything is stored: every fault at once, each with its place and what to do. The only
// way in for a document that somebody else wrote.

import type { Problem } from "../errors.ts";
import { atOnce, type Steps } from "../steps.ts";
import type { ModelDocument } from "./document.ts";
import { mostProblems } from "./fields.ts";
import { checkReferences } from "./references.ts";
import { model } from "./shape.ts";

export type CheckedModel = { readonly document: ModelDocument } | { readonly problems: readonly Problem[] };

/** `value` is a request body after JSON.parse. The document that comes back is the normal form: ids are text, MAC
 * addresses lower case with hyphens, absent fields absent rather than null, unknown fields as they were. `known`: records of a model that passed, which
 * need not be read again: an edit of one sensor of ten thousand reads that one. */
export function* checkModelInSteps(value: unknown, known: ReadonlySet<unknown> = new Set()): Steps<CheckedModel> {
  const problems: Problem[] = [];
  const document = (yield* model.inSteps(value, {
    path: "",
    field: "body",
    owner: "the request",
    problems,
    timeZones: new Map(),
    known,
  })) as ModelDocument | undefined;
  const all = document === undefined ? problems : [...problems, ...(yield* checkReferences(document))];
  return document === undefined || all.length > 0 ? { problems: all.slice(0, mostProblems) } : { document };
}

/** The same at once. */
export const checkModel = (value: unknown, known?: ReadonlySet<unknown>): CheckedModel =>
  atOnce(checkModelInSteps(value, known));
