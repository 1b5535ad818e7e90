// The data keys of organizations. Each is read anew where it is needed: unwrapping costs less than asking the engine does, and
// another process may have removed an organization and made another of its id, which has another key.

import { BelfryError } from "../errors.ts";
import type { Vault } from "./vault.ts";

export interface DataKeys {
  /** null: it does not open, since it was damaged. Throws NOT_FOUND for an unknown organization. */
  of(organization: string): Promise<Uint8Array | null>;
  /** The same for a caller who has read the wrapped key already. */
  unwrap(organization: string, wrapped: Uint8Array): Uint8Array | null;
}

/** `read` gives the wrapped key as it is stored; null: there is no such organization. */
export function createDataKeys(vault: Vault, read: (organization: string) => Promise<Uint8Array | null>): DataKeys {
  const unwrap = (organization: string, wrapped: Uint8Array): Uint8Array | null => {
    try {
      return vault.openDataKey(organization, wrapped);
    } catch {
      return null;
    }
  };
  return {
    unwrap,
    async of(organization) {
      const wrapped = await read(organization);
      if (wrapped === null) throw new BelfryError("NOT_FOUND", `There is no organization ${organization}.`);
      return unwrap(organization, wrapped);
    },
  };
}
