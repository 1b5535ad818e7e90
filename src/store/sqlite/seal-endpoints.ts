// Seals the endpoints and the URLs of door bridges that an older release left in clear, when its database is opened: the engine
// has no keys, so a migration cannot. A subscription that does not open stays as it is.

import { bridgeUrlMember } from "../../model/bridge-urls.ts";
import { createDataKeys } from "../data-keys.ts";
import { createModelTexts } from "../model-texts.ts";
import { hasClearBridgeUrls, sealModel } from "../sealed-model.ts";
import { openSubscription, type SealedSubscription, sealSubscription } from "../sealed-subscription.ts";
import type { Vault } from "../vault.ts";
import type { Operations } from "./engine.ts";
import { registryStatements } from "./ports/registry.ts";
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

/** At every start, since few models name a bridge. */
export async function sealClearBridges(client: Client<Operations>, vault: Vault): Promise<void> {
  const { call } = client;
  const modelTexts = createModelTexts(registryStatements(client));
  const keys = createDataKeys(vault, (organization) => call("dataKey", organization));
  for (const id of await call("modelsWith", bridgeUrlMember)) {
    const version = (await call("snapshot", id, Number.MAX_SAFE_INTEGER))?.model?.version ?? 0;
    const text = (await modelTexts.read(id, version)) ?? "";
    if (!hasClearBridgeUrls(text)) continue;
    const key = await keys.of(id);
    if (key !== null) await call("storeModel", id, version, sealModel(key, id, text));
  }
}

function sealedAnew(key: Uint8Array, organization: string, before: SealedSubscription): SealedSubscription | null {
  try {
    return sealSubscription(key, organization, openSubscription(key, organization, before));
  } catch {
    return null;
  }
}
