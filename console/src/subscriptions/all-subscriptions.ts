// All subscriptions that the session may see, read live: the list, and the names for other pages.

import { get } from "../api/client.ts";
import { organization } from "../api/session.ts";
import type { List, Subscription } from "../api/types.ts";
import { type Live, useLive } from "../live/use-live.ts";

const most = 1_000;

export function useSubscriptions(everyMs = 3_000): Live<readonly Subscription[]> {
  return useLive(`subscriptions ${organization.value}`, readAll, everyMs);
}

async function readAll(signal: AbortSignal): Promise<readonly Subscription[]> {
  const found: Subscription[] = [];
  let cursor: string | null = null;
  do {
    const page: List<Subscription> = await get("/v1/subscriptions", { limit: 100, cursor }, signal);
    found.push(...page.data);
    cursor = page.next;
  } while (cursor !== null && found.length < most);
  return found;
}
