// From the files of an import to a checked model, or to everything that is wrong with them.

import { checkModel } from "../../building/check.ts";
import type { ModelDocument } from "../../building/document.ts";
import { CommandFailure } from "../failure.ts";
import { printable } from "../printable.ts";
import type { Drawings } from "./drawings.ts";
import { type ImdfOptions, modelOfImdf } from "./imdf.ts";
import { type ImportLog, told, toldOfModel } from "./import-log.ts";
import { modelOfPlans, type PlaceOptions } from "./local-plan.ts";

export type Fields = Readonly<Record<string, unknown>>;

export type HowToImport =
  | { readonly format: "geojson"; readonly options: PlaceOptions }
  | { readonly format: "imdf"; readonly options: Omit<ImdfOptions, "language"> };

export interface Imported {
  /** As it was drawn; `log.sources` knows its records. */
  readonly drawn: Fields;
  /** The same in normal form. */
  readonly document: ModelDocument;
}

/** Throws a CommandFailure with all faults. */
export function importModel({ files, language }: Drawings, how: HowToImport, log: ImportLog): Imported {
  const drawn =
    how.format === "geojson"
      ? modelOfPlans(files, how.options, log)
      : modelOfImdf(files, { ...how.options, language }, log);
  const checked = drawn === null ? null : checkModel(drawn);
  const ofModel = checked !== null && "problems" in checked ? checked.problems : [];
  const faults = [...log.faults.map(told), ...ofModel.map((problem) => toldOfModel(problem, drawn, log.sources))];
  if (drawn !== null && checked !== null && "document" in checked && faults.length === 0) {
    return { drawn, document: checked.document };
  }
  throw importFailure("Nothing is imported", faults);
}

/** A line for each fault. */
export function importFailure(sentence: string, faults: readonly string[]): CommandFailure {
  const count = faults.length === 1 ? "a fault" : `${faults.length} faults`;
  return new CommandFailure(`${sentence}: ${count}.${faults.map((line) => `\n  ${printable(line, 500)}`).join("")}`);
}
