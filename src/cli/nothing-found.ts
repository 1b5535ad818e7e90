// An empty list may mean that nothing fits, or that an id in its filters is mistyped: the commands that list things say which.
// The API answers an empty list either way.

import { queryOf } from "./list-all.ts";
import type { OperatorClient } from "./operator-client.ts";
import { printable } from "./printable.ts";
import type { Terminal } from "./terminal.ts";

/** Ids that a list was narrowed by. */
export interface NarrowedBy {
  readonly organization?: string | undefined;
  readonly subscription?: string | undefined;
  readonly event?: string | undefined;
  readonly floor?: string | undefined;
  readonly room?: string | undefined;
}

/** Where the server answers 404 if there is no such thing. */
const homes: { readonly [Name in keyof NarrowedBy]-?: (id: string, given: NarrowedBy) => string } = {
  organization: (id) => `/v1/organizations/${encodeURIComponent(id)}`,
  subscription: (id) => `/v1/${id.startsWith("alert_") ? "alerts" : "subscriptions"}/${encodeURIComponent(id)}`,
  event: (id) => `/v1/events/${encodeURIComponent(id)}`,
  floor: (space, { organization }) => `/v1/occupancy${queryOf({ space, organization })}`,
  room: (space, { organization }) => `/v1/occupancy${queryOf({ space, organization })}`,
};

/** Of a list that came empty: notes each id of which the server knows nothing, or may tell this key nothing. */
export async function noteUnknown(
  client: OperatorClient,
  terminal: Pick<Terminal, "note">,
  found: readonly unknown[],
  given: NarrowedBy,
): Promise<void> {
  if (found.length > 0) return;
  for (const [name, home] of Object.entries(homes)) {
    const id = given[name as keyof NarrowedBy];
    if (id === undefined) continue;
    const { status } = await client.send("GET", home(id, given));
    if (status === 404) terminal.note(`There is no ${name} ${printable(id)}, or this key may not see it.\n`);
  }
}
