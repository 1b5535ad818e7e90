// Reads the files that an import is called with: GeoJSON files, or the folder of an unpacked IMDF archive.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { CommandFailure } from "../failure.ts";
import { asRecord } from "../json.ts";
import { type FeatureFile, readFeatures } from "./features.ts";
import type { ImportLog } from "./import-log.ts";

export interface Drawings {
  readonly files: readonly FeatureFile[];
  /** What the manifest of an IMDF archive says; null: no manifest. */
  readonly language: string | null;
  readonly isFolder: boolean;
}

/** Throws a CommandFailure for a file that cannot be read; notes what is wrong in one that can. */
export function readDrawings(paths: readonly string[], log: ImportLog): Drawings {
  const folders = paths.filter(isFolder);
  const names = paths.flatMap((path) => (folders.includes(path) ? geojsonIn(path) : [path]));
  const manifest = folders.map((folder) => manifestOf(folder)).find((language) => language !== null);
  return {
    files: names.flatMap((name) => readFeatures(name, read(name), log) ?? []),
    language: manifest ?? null,
    isFolder: folders.length > 0,
  };
}

function geojsonIn(folder: string): readonly string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(".geojson"));
  if (names.length === 0) throw new CommandFailure(`${folder} has no .geojson files in it.`);
  return names.toSorted().map((name) => join(folder, name));
}

function manifestOf(folder: string): string | null {
  try {
    const { language } = asRecord(JSON.parse(read(join(folder, "manifest.json"))));
    return typeof language === "string" ? language : null;
  } catch {
    return null;
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    throw unreadable(path, error);
  }
}

function read(path: string): string {
  try {
    // Some programs begin their files with a byte order mark.
    return readFileSync(path, "utf8").replace(/^\uFEFF/, "");
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, cause: unknown): CommandFailure {
  return new CommandFailure(`${path} cannot be read. Is the name right?`, { cause });
}
