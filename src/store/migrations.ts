// The numbered files of plain SQL that bring a schema up to date, whatever the engine; never changed after a release.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { StartError } from "../errors.ts";

export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
}

/** Reads `0001_name.sql`, `0002_name.sql`, …; numbers start at 1 and have no gaps. */
export function readMigrations(directory: string): readonly Migration[] {
  const files = readdirSync(directory).filter((file) => file.endsWith(".sql"));
  return files.toSorted().map((file, index) => {
    const [, digits, name] = /^(\d{4})_([a-z0-9_]+)\.sql$/.exec(file) ?? [];
    if (digits === undefined || name === undefined || Number(digits) !== index + 1) {
      throw new StartError(
        `${join(directory, file)} is out of place: migrations are named 0001_name.sql, without a gap.`,
      );
    }
    return { number: index + 1, name, sql: readFileSync(join(directory, file), "utf8") };
  });
}

/** By which a database knows a migration again. */
export const checksumOf = ({ sql }: Migration): string => createHash("sha256").update(sql).digest("hex");
