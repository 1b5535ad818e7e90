// Which Belfry this is: the version of the package it came in.

import { readFileSync } from "node:fs";

export const version: string = find();

function find(): string {
  // Beside src/ in a checkout, beside dist/src/ where it was built.
  for (const path of ["../package.json", "../../package.json"]) {
    try {
      const found = JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8")) as {
        name?: string;
        version?: string;
      };
      if (found.name === "belfry" && found.version !== undefined) return found.version;
    } catch {
      // Not here: look one folder up.
    }
  }
  return "unknown";
}
