// Lists of the operator API, to their end.

import { CommandFailure } from "./failure.ts";
import { asRecord } from "./json.ts";
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
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const all: Readonly<Record<string, unknown>>[] = [];
  let cursor: string | undefined;
  do {
    const page = asRecord(await client.request("GET", `${path}${queryOf({ ...given, cursor })}`));
    if (!Array.isArray(page["data"])) throw new CommandFailure(`The server's answer to GET ${path} is no list.`);
    all.push(...page["data"].map(asRecord));
    cursor = typeof page["next"] === "string" ? page["next"] : undefined;
  } while (cursor !== undefined);
  return all;
}
