// The files of the built console, read into memory: they are few and small, and what is in no list cannot be reached, whatever a
// path says.

import { readdirSync, readFileSync } from "node:fs";
import { extname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

export interface BuiltFile {
  readonly type: string;
  readonly bytes: Buffer;
  readonly zipped: Buffer;
  /** Its name changes with its content. */
  readonly isHashed: boolean;
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
};

/** Beside what else was built: of the source in a checkout, of the server in a package. */
export const builtConsole = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "../../../dist/console/" : "../../../console/", import.meta.url),
);

/** By path within the folder, such as `assets/index-B3x.js`; null: it was not built. */
export function readBuiltFiles(folder: string): ReadonlyMap<string, BuiltFile> | null {
  try {
    const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => extname(name) in types);
    if (!names.includes("index.html")) return null;
    return new Map(names.map((name) => [name.replaceAll(sep, "/"), readOne(folder, name)]));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

function readOne(folder: string, name: string): BuiltFile {
  const bytes = readFileSync(join(folder, name));
  return {
    type: types[extname(name)]!,
    bytes,
    zipped: gzipSync(bytes, { level: 9 }),
    isHashed: name.startsWith(`assets${sep}`),
  };
}
