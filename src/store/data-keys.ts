// The data keys of organizations, unwrapped and kept in memory: the data key of an organization never changes.

import { BelfryError } from "../errors.ts";
import type { Vault } from "./vault.ts";

export interface DataKeys {
  /** Reads the key if it is not in memory. null: it does not open, since it was damaged. Throws NOT_FOUND for an unknown
   * organization. */
  of(organization: string): Promise<Uint8Array | null>;
  /** The same for a caller who has read the wrapped key already. */
  unwrap(organization: string, wrapped: Uint8Array): Uint8Array | null;
  /** The organization was removed: another one of this id has another key. */
  forget(organization: string): void;
}

/** `read` gives the wrapped key as it is stored; null: there is no such organization. */
export function createDataKeys(vault: Vault, read: (organization: string) => Promise<Uint8Array | null>): DataKeys {
  const known = new Map<string, Uint8Array>();

  const unwrap = (organization: string, wrapped: Uint8Array): Uint8Array | null => {
    let key = known.get(organization);
    if (key !== undefined) return key;
    try {
      // A copy in memory of its own: a slice of Node's pool would keep all 64 KiB of that.
      key = new Uint8Array(vault.openDataKey(organization, wrapped));
    } catch {
      return null;
    }
    known.set(organization, key);
    return key;
  };

  return {
    unwrap,
    forget: (organization) => void known.delete(organization),
    async of(organization) {
      const key = known.get(organization);
      if (key !== undefined) return key;
      const wrapped = await read(organization);
      if (wrapped === null) throw new BelfryError("NOT_FOUND", `There is no organization ${organization}.`);
      return unwrap(organization, wrapped);
    },
  };
}
