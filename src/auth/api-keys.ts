// Keys of callers: `belfry_<client id>_<secret>`. The whole text works as bearer, its two parts as client id and client
// secret. Only a keyed hash of the secret is kept, so neither the store nor a backup can give a key away.

import { createHmac, createSecretKey } from "node:crypto";
import { crc32 } from "node:zlib";
import type { Clock, Random } from "../clock.ts";
import { newId } from "../model/ksuid.ts";
import type { Role } from "../model/principal.ts";
import { ownText } from "../own-text.ts";
import { base62 } from "./base62.ts";
import type { KeyRecord, Registry } from "../store/registry.ts";

export interface ClientCredentials {
  readonly id: string;
  readonly secret: string;
}

export interface IssuedKey {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Both in one. Never seen again after this. */
  readonly key: string;
}

export interface KeyMaker {
  /** Writes a new key and its audit entry. `actor`: the key that asked, or `system`. `keep` hears of the key before it
   * counts, so that a key that counts is one that was kept. */
  issue(
    key: Pick<KeyRecord, "role" | "organization" | "targets"> & Partial<Pick<KeyRecord, "name" | "description">>,
    actor: string,
    keep?: (key: string) => void,
  ): Promise<IssuedKey>;
  hash(credentials: ClientCredentials): Uint8Array;
}

/** 43 digits hold 32 random bytes; 6 more are the checksum by which a scanner knows a leaked key from chance. */
const secretForm = /^[0-9A-Za-z]{49}$/;
const keyForm = /^belfry_(client_[0-9A-Za-z]{27})_([0-9A-Za-z]{49})$/;

/** Null: not of the form of a key, or mistyped. */
export function parseKey(text: string): ClientCredentials | null {
  const [, id, secret] = keyForm.exec(text) ?? [];
  return id !== undefined && secret !== undefined && checks({ id, secret }) ? { id: ownText(id), secret } : null;
}

/** Whether a secret is whole: its checksum fits to it and its id. */
export function checks({ id, secret }: ClientCredentials): boolean {
  return secretForm.test(secret) && checksum(id, secret.slice(0, 43)) === secret.slice(43);
}

/** `pepper` is derived from the master key; without it a stolen hash cannot even be tested. */
export function createKeyMaker(deps: {
  readonly registry: Registry;
  readonly pepper: Uint8Array;
  readonly clock: Clock;
  readonly random: Random;
}): KeyMaker {
  const { registry, clock, random } = deps;
  const pepper = createSecretKey(deps.pepper);
  const hash = ({ id, secret }: ClientCredentials): Uint8Array =>
    createHmac("sha256", pepper).update(`${id}:${secret}`).digest();
  return {
    hash,
    async issue({ role, organization, targets, name = null, description = null }, actor, keep) {
      const at = clock.now();
      const id = newId("client", at, random.bytes(16));
      const body = base62(random.bytes(32), 43);
      const secret = body + checksum(id, body);
      const record: KeyRecord = {
        id,
        role,
        organization,
        targets,
        name,
        description,
        hash: hash({ id, secret }),
        createdAt: at,
        revokedAt: null,
      };
      const detail = JSON.stringify({ role, organization, targets });
      const key = `belfry_${id}_${secret}`;
      keep?.(key);
      await registry.addKey(record, { at, actor, action: "key.create", object: id, detail });
      return { clientId: id, clientSecret: secret, key };
    },
  };
}

/** A key for the operator when there is no valid one: at the first start, or after the last was revoked. Else null, unless
 * one is `wanted` because the others are lost. */
export async function ensureOperatorKey(
  registry: Registry,
  keys: KeyMaker,
  keep: (key: string) => void,
  wanted = false,
): Promise<string | null> {
  const operator: Role = "operator";
  const known = await registry.keys();
  if (!wanted && known.some((key) => key.role === operator && key.revokedAt === null)) return null;
  return (await keys.issue({ role: operator, organization: null, targets: [] }, "system", keep)).key;
}

function checksum(id: string, body: string): string {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(`belfry_${id}_${body}`));
  return base62(sum, 6);
}
