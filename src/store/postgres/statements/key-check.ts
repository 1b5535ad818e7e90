// Statements of the check by which a database recognizes its master key: the first process that opens it leaves its own.

import type { KeyCheck } from "../../master-key-check.ts";
import type { Session } from "../database.ts";

/** The check that the database was made with; a new database takes the one offered. */
export async function keyCheck(session: Session, { keyId, sealed }: KeyCheck): Promise<KeyCheck> {
  await session.run("insert into meta (name, value) values ('master_key', $1) on conflict (name) do nothing", [
    JSON.stringify({ keyId, sealed: Buffer.from(sealed).toString("base64") }),
  ]);
  const found = await session.row<{ value: string }>("select value from meta where name = 'master_key'");
  const kept = JSON.parse(found!.value) as { readonly keyId: string; readonly sealed: string };
  return { keyId: kept.keyId, sealed: Buffer.from(kept.sealed, "base64") };
}
