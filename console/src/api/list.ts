// Lists of the operator API. A page may be empty though there is more: the server looks through so many rows at a time only.

import { type ActingFor, get, type Query } from "./client.ts";
import type { List } from "./types.ts";

/** Empty pages that are passed over before the reader is asked whether to go on. */
const mostEmpty = 12;

/** A page with something on it, if there is one within reach. */
export async function getPage<Item>(path: string, query: Query, signal?: AbortSignal): Promise<List<Item>> {
  let page = await get<List<Item>>(path, query, signal);
  for (let empty = 1; page.data.length === 0 && page.next !== null && empty < mostEmpty; empty++) {
    page = await get<List<Item>>(path, { ...query, cursor: page.next }, signal);
  }
  return page;
}

/** All of a list, or the first so many. */
export async function getAll<Item>(
  path: string,
  query: Query,
  most: number,
  signal?: AbortSignal,
  actingFor?: ActingFor,
): Promise<readonly Item[]> {
  const found: Item[] = [];
  let cursor: string | null = null;
  do {
    const page: List<Item> = await get(path, { limit: 100, ...query, cursor }, signal, actingFor);
    found.push(...page.data);
    cursor = page.next;
  } while (cursor !== null && found.length < most);
  return found;
}
