// Seals the endpoints that an older release left in clear. Once, when its database is opened: the engine has no keys, so a
// migration cannot. A subscription that does not open stays as it is.

import { createDataKeys } from "../data-keys.ts";
import { openSubscription, type SealedSubscription, sealSubscription } from "../sealed-subscription.ts";
import type { Vault } from "../vault.ts";
import type { Operations } from "./engine.ts";
import type { Client } from "./thread/client.ts";

export async function sealClearEndpoints({ call }: Client<Operations>, vault: Vault): Promise<void> {
  if (!(await call("hasClearEndpoints"))) return;
  const keys = createDataKeys(vault, (organization) => call("dataKey", organization));
  for (const { id } of await call("organizations")) {
    const found = await call("snapshot", id, -1);
    const key = found && keys.unwrap(id, found.dataKey);
    if (found === null || key === null) continue;
    const sealed = found.subscriptions.changed.flatMap((each) => sealedAnew(key, id, each) ?? []);
    if (sealed.length > 0) await call("storeSealed", sealed);
  }
  await call("endClearEndpoints");
}

function sealedAnew(key: Uint8Array, organization: string, before: SealedSubscription): SealedSubscription | null {
  try {
    return sealSubscription(key, organization, openSubscription(key, organization, before));
  } catch {
    return null;
  }
}
