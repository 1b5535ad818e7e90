// Reads a copy of a database that nobody has open: what it says of itself, and whether it is sound. Changes nothing and leaves no
// file beside it.

import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import type { CopyFacts } from "../store.ts";
import { createEngineContext } from "./statements/engine-context.ts";
import { assertSound } from "./file/database.ts";

/** Throws for a file that is no database of Belfry. */
export const readCopy = (file: string): CopyFacts => withCopy(file, factsOf);

/** Reads the whole file. Throws a StartError for one that is damaged. */
export const checkCopy = (file: string): void =>
  withCopy(file, (database) => assertSound(database, file, "integrity_check"));

function withCopy<Result>(file: string, use: (database: DatabaseSync) => Result): Result {
  const url = pathToFileURL(file);
  url.searchParams.set("immutable", "1");
  const database = new DatabaseSync(url, { readOnly: true });
  try {
    return use(database);
  } finally {
    database.close();
  }
}

function factsOf(database: DatabaseSync): CopyFacts {
  const { last, meta } = createEngineContext(database);
  const number = (name: string): number => Number(meta(name) ?? 0);
  const text = (name: string): string | null => {
    const value = meta(name);
    return typeof value === "string" ? value : null;
  };
  return {
    store: text("store") ?? "",
    schema: Number(database.prepare("select max(number) as newest from migration").get()?.["newest"] ?? 0),
    masterKey: text("master_key_id"),
    numbers: { ...last, next_number: number("next_number"), epoch: number("epoch") },
  };
}
