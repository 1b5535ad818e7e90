// From the stored text of a building model to its compiled form. A large one in slices: whoever else has something to do on the
// main thread does not wait for it.

import type { BuildingModel } from "../building/building.ts";
import { compileInSteps } from "../building/compile.ts";
import type { ModelDocument } from "../building/document.ts";
import { readModelText } from "../building/model-text.ts";
import { atOnce, inSlices, type Steps } from "../steps.ts";
import { pauseOf, type Turns } from "../turns.ts";

/** Compiles the model of this organization. */
export type CompileModel = (text: string, organization: string) => BuildingModel | Promise<BuildingModel>;

/** Characters. Compiled within a millisecond or two. */
const smallText = 32_768;

export const compileModelWith =
  (turns: Turns): CompileModel =>
  (text, organization) =>
    text.length <= smallText ? atOnce(compile(text)) : inSlices(compile(text), pauseOf(turns, organization));

function* compile(text: string): Steps<BuildingModel> {
  return yield* compileInSteps((yield* readModelText(text)) as ModelDocument);
}
