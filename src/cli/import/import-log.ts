// What an import found out on the way: faults, each with the feature that it is about, notes for the person, and which
// feature each record of the model came from, so that faults of the finished model can be told of the drawing.

import type { Problem } from "../../errors.ts";

/** A feature of a file, counted from 1; null: the file as a whole. */
export interface Source {
  readonly file: string;
  readonly feature: number | null;
}

export interface ImportLog {
  readonly faults: { readonly source: Source; readonly message: string }[];
  readonly notes: string[];
  readonly sources: Map<object, Source>;
  /** Always null, so that a reader can end with it. */
  fault(source: Source, message: string): null;
  /** Notes what of a feature the model leaves out: ends of sentences. */
  lost(source: Source, losses: readonly string[]): void;
}

export function createImportLog(): ImportLog {
  const faults: ImportLog["faults"] = [];
  const notes: string[] = [];
  return {
    faults,
    notes,
    sources: new Map(),
    fault(source, message) {
      faults.push({ source, message });
      return null;
    },
    lost(source, losses) {
      for (const loss of losses) notes.push(told({ source, message: `${loss}.` }));
    },
  };
}

/** The fault in a line. */
export function told({ source, message }: ImportLog["faults"][number]): string {
  return `${source.file}${source.feature === null ? "" : `, feature ${source.feature}`}: ${message}`;
}

/** A fault of the model as one of the drawing: it is about the innermost record on its path that came from a feature. Of
 * an id that another organization has, the path is the kind and the id of the record. */
export function toldOfModel({ path, message }: Problem, model: unknown, sources: ImportLog["sources"]): string {
  const [, taken] = /^\w+ (\S+)$/.exec(path) ?? [];
  const found = [...sources].find(
    ([record]) => taken !== undefined && String((record as { id?: unknown }).id) === taken,
  );
  if (found !== undefined) return told({ source: found[1], message });
  let [at, source] = [model, undefined as Source | undefined];
  for (const step of path.match(/[^.[\]]+/g) ?? []) {
    at = typeof at === "object" && at !== null ? (at as Record<string, unknown>)[step] : undefined;
    if (typeof at === "object" && at !== null) source = sources.get(at) ?? source;
  }
  return source === undefined ? `${path}: ${message}` : told({ source, message });
}
