// PINs and QR codes of keys: who may read them, and at which address the picture of a key stands. Each reading by another than
// the tenant whose key it is goes into the audit.

import type { Credential, Tenant } from "../../../building/building.ts";
import type { Registry } from "../../../store/registry.ts";
import type { RestCall } from "../rest-route.ts";
import type { KeySecrets } from "./show.ts";
import type { Sight, VirtualKey } from "./sight.ts";

export interface KeyReader {
  codes(sight: Sight, call: RestCall, tools: readonly Credential[]): Promise<ReadonlyMap<string, string>>;
  secrets(sight: Sight, call: RestCall, keys: readonly VirtualKey[]): Promise<(key: VirtualKey) => KeySecrets>;
}

export interface KeyReaderDeps {
  readonly registry: Pick<Registry, "pins" | "audit">;
  readonly clock: { now(): number };
  /** The unguessable part of the address of a key's picture. */
  readonly qrToken: (organization: string, key: string) => string;
  /** Where people reach this server, without a slash at its end; null: where the client did. */
  readonly publicUrl: string | null;
}

/** Of keys whose secrets were not read, or are not to be read. */
export const noSecrets: KeySecrets = { pin: null, qrCodeUrl: null };

export function createKeyReader({ registry, clock, qrToken, publicUrl }: KeyReaderDeps): KeyReader {
  const read = async (
    { model }: Sight,
    { who }: RestCall,
    kind: "virtual_key" | "access_tool",
    owned: readonly (readonly [id: string, owner: Tenant | null])[],
    own: readonly Tenant[],
  ): Promise<ReadonlyMap<string, string>> => {
    // A viewer reads no secrets.
    if (who.role === "viewer" || owned.length === 0) return new Map();
    const organization = model.organization.id;
    const pins = await registry.pins(
      organization,
      kind,
      owned.map(([id]) => id),
    );
    const foreign = owned.filter(([id, owner]) => pins.has(id) && (owner === null || !own.includes(owner)));
    if (foreign.length > 0) {
      const detail = JSON.stringify({ organization, count: foreign.length });
      const object = foreign
        .slice(0, 20)
        .map(([id]) => id)
        .join(" ");
      await registry.audit({ at: clock.now(), actor: who.key, action: `${kind}.read`, object, detail });
    }
    return pins;
  };

  return {
    codes: (sight, call, tools) =>
      read(
        sight,
        call,
        "access_tool",
        tools.map(({ id, tenant }) => [id, tenant]),
        sight.selves ?? [],
      ),
    async secrets(sight, call, keys) {
      const owned = keys.map(({ id, keychain }) => [id, keychain.tenant] as const);
      const pins = await read(sight, call, "virtual_key", owned, sight.selves ?? []);
      const base = publicUrl ?? call.origin;
      return ({ id }) => {
        const pin = pins.get(id);
        if (pin === undefined) return noSecrets;
        return { pin, qrCodeUrl: `${base}/qr/${qrToken(sight.model.organization.id, id)}.png` };
      };
    },
  };
}
