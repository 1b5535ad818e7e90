// What the system must bring for some faults, how it is found, and where it comes from.

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { withoutPostgres } from "../../fixtures/postgres.ts";

export type Tool = "strace" | "libfaketime" | "tmpfs" | "postgresql";

const libraries = "/usr/lib";

/** Where Debian puts the library that steers the wall clock; null: nowhere. */
export function faketimeLibrary(): string | null {
  if (!existsSync(libraries)) return null;
  const places = readdirSync(libraries).map((architecture) =>
    join(libraries, architecture, "faketime/libfaketime.so.1"),
  );
  return places.find((place) => existsSync(place)) ?? null;
}

const there: Readonly<Record<Tool, () => boolean>> = {
  strace: () => spawnSync("strace", ["-V"]).status === 0,
  libfaketime: () => faketimeLibrary() !== null,
  tmpfs: () => process.getuid?.() === 0 && spawnSync("mount", ["-V"]).status === 0,
  postgresql: () => withoutPostgres === false,
};

const wayTo: Readonly<Record<Tool, string>> = {
  strace: "strace (apt-get install strace)",
  libfaketime: "libfaketime (apt-get install libfaketime)",
  tmpfs: "the right to mount (run as root)",
  postgresql: "PostgreSQL (apt-get install postgresql)",
};

/** What is missing, in words that say what to do. */
export function missingTools(needs: readonly Tool[]): readonly string[] {
  return needs.filter((tool) => !there[tool]()).map((tool) => wayTo[tool]);
}
