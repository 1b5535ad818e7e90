// Envelope encryption of secrets on the disk: every organization has a data key, wrapped by the master key, and every sealed
// value is bound to its place, so that it opens nowhere else. AES-256-GCM throughout.

import { createCipheriv, createDecipheriv, createHmac } from "node:crypto";
import { type Random, systemRandom } from "../clock.ts";

/** Where a sealed value is stored. Authenticated with the value, not part of it. */
export interface SealedPlace {
  readonly organization: string;
  readonly table: string;
  readonly row: string;
  readonly column: string;
}

export interface Vault {
  /** Names the master key and reveals nothing of it. */
  readonly keyId: string;
  /** A new data key for an organization, wrapped. */
  makeDataKey(organization: string): Uint8Array;
  /** Throws when the key was wrapped by another master key, or changed. */
  openDataKey(organization: string, wrapped: Uint8Array): Uint8Array;
  /** A sealed constant: a database recognizes its master key by it. */
  makeCheck(): Uint8Array;
  /** Whether the check was sealed by this master key. */
  opensCheck(check: Uint8Array): boolean;
}

export const keyBytes = 32;
const version = 1;
const nonceBytes = 12;
const tagBytes = 16;

/** version (1 byte), nonce (12), ciphertext, tag (16). */
export function seal(
  key: Uint8Array,
  place: SealedPlace,
  plain: Uint8Array,
  random: Random = systemRandom,
): Uint8Array {
  const nonce = random.bytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(context(place));
  return Buffer.concat([Uint8Array.of(version), nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** Throws when the key, the place or a single bit differs. */
export function open(key: Uint8Array, place: SealedPlace, sealed: Uint8Array): Buffer {
  if (sealed[0] !== version || sealed.length < 1 + nonceBytes + tagBytes) {
    throw new Error(`${describe(place)} is sealed in a form that this Belfry does not know: start a newer one`);
  }
  const nonce = sealed.subarray(1, 1 + nonceBytes);
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: tagBytes }).setAAD(context(place));
  decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes));
  try {
    return Buffer.concat([
      decipher.update(sealed.subarray(1 + nonceBytes, sealed.length - tagBytes)),
      decipher.final(),
    ]);
  } catch (error) {
    throw new Error(`${describe(place)} does not open: it was changed, moved or sealed by another key`, {
      cause: error,
    });
  }
}

export function createVault(masterKey: Uint8Array, random: Random = systemRandom): Vault {
  if (masterKey.length !== keyBytes) throw new Error(`a master key has ${keyBytes} bytes, not ${masterKey.length}`);
  const keyId = createHmac("sha256", masterKey).update("belfry master key id").digest("hex").slice(0, 12);
  const dataKeyPlace = (organization: string): SealedPlace => ({
    organization,
    table: "organization",
    row: organization,
    column: "data_key",
  });
  const checkPlace: SealedPlace = { organization: "", table: "meta", row: "master_key_check", column: "value" };
  return {
    keyId,
    makeDataKey: (organization) => seal(masterKey, dataKeyPlace(organization), random.bytes(keyBytes), random),
    openDataKey: (organization, wrapped) => open(masterKey, dataKeyPlace(organization), wrapped),
    makeCheck: () => seal(masterKey, checkPlace, Buffer.from(keyId), random),
    opensCheck(check) {
      try {
        return open(masterKey, checkPlace, check).toString() === keyId;
      } catch {
        return false;
      }
    },
  };
}

function context({ organization, table, row, column }: SealedPlace): Buffer {
  return Buffer.from(JSON.stringify([version, organization, table, row, column]));
}

function describe({ organization, table, row, column }: SealedPlace): string {
  return `${table}.${column} of ${row}${organization === "" || organization === row ? "" : ` (${organization})`}`;
}
