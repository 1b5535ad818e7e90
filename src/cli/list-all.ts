// Lists of the operator API, to their end.

import { CommandFailure } from "./failure.ts";
import { asRecord, type Json } from "./json.ts";
import type { OperatorClient } from "./operator-client.ts";

/** The filters of a list that were given, as a query: `?a=b`, or nothing. */
export function queryOf(given: Readonly<Record<string, string | undefined>>): string {
  const pairs = Object.entries(given).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return pairs.length === 0 ? "" : `?${new URLSearchParams(pairs).toString()}`;
}

/** Follows the pages of a list to its end. */
export async function listAll(
  client: OperatorClient,
  path: string,
  given: Readonly<Record<string, string | undefined>> = {},
): Promise<readonly Json[]> {
  return (await listSome(client, path, given, Number.POSITIVE_INFINITY)).items;
}

/** The same, but no more than `most`. `more`: there may be others behind them. */
export async function listSome(
  client: OperatorClient,
  path: string,
  given: Readonly<Record<string, string | undefined>>,
  most: number,
): Promise<{ readonly items: readonly Json[]; readonly more: boolean }> {
  const items: Json[] = [];
  let cursor: string | undefined;
  do {
    const limit = most === Number.POSITIVE_INFINITY ? undefined : String(Math.min(most - items.length, 100));
    const page = asRecord(await client.request("GET", `${path}${queryOf({ ...given, limit, cursor })}`));
    if (!Array.isArray(page["data"])) throw new CommandFailure(`The server's answer to GET ${path} is no list.`);
    items.push(...page["data"].map(asRecord));
    cursor = typeof page["next"] === "string" ? page["next"] : undefined;
  } while (cursor !== undefined && items.length < most);
  return { items, more: cursor !== undefined };
}
