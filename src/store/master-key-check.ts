// Whether a database was made with the master key that a process was given: no other opens its secrets. Pure.

import { StartError } from "../errors.ts";
import type { Vault } from "./vault.ts";

/** By which a master key is compared with that of the database; it is not part of it. */
export interface KeyCheck {
  readonly keyId: string;
  readonly sealed: Uint8Array;
}

export const makeKeyCheck = (vault: Vault): KeyCheck => ({ keyId: vault.keyId, sealed: vault.makeCheck() });

/** Throws a StartError for another one. `where`: the database, for people. */
export function assertMasterKey(check: KeyCheck, vault: Vault, where: string): void {
  if (vault.opensCheck(check.sealed)) return;
  throw new StartError(
    `The secrets in ${where} are sealed by the master key ${check.keyId}, the one given is ${vault.keyId}: start with ` +
      "the key that the database was made with (BELFRY_MASTER_KEY or master.key).",
  );
}
