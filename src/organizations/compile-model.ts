// From the stored text of a building model to its compiled form. A large one in slices: whoever else has something to do on the
// main thread does not wait for it.

import type { BuildingModel } from "../building/building.ts";
import { compileInSteps } from "../building/compile.ts";
import type { ModelDocument } from "../building/document.ts";
import { readModelText } from "../building/model-text.ts";
import { atOnce, inSlices, type Steps } from "../steps.ts";
import { pauseOf, type Turns } from "../turns.ts";

/** Compiles the model of this organization, or its stored text. */
export type CompileModel = (
  model: string | ModelDocument,
  organization: string,
) => BuildingModel | Promise<BuildingModel>;

/** Characters. Compiled within a millisecond or two. */
const smallText = 32_768;

export const compileModelWith =
  (turns: Turns): CompileModel =>
  (model, organization) =>
    typeof model === "string" && model.length <= smallText
      ? atOnce(compile(model))
      : inSlices(compile(model), pauseOf(turns, organization));

function* compile(model: string | ModelDocument): Steps<BuildingModel> {
  return yield* compileInSteps(typeof model === "string" ? ((yield* readModelText(model)) as ModelDocument) : model);
}
