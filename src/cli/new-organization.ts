// What a command says of an organization that it creates. A slip in the id would make one that nobody wants: a person is asked
// before, a script is told.

import { CommandFailure } from "./failure.ts";
import type { OperatorClient } from "./operator-client.ts";
import { printable } from "./printable.ts";
import type { Terminal } from "./terminal.ts";

/** Whether the server knows the organization. True where the key may not see that: the server then says what is wrong. */
export async function isKnown(id: string, client: OperatorClient): Promise<boolean> {
  const { status } = await client.send("HEAD", `/v1/building-model?organization=${encodeURIComponent(id)}`);
  return status !== 404;
}

/** Asks whether an unknown organization may be created, where somebody can be asked. Throws CommandFailure for a no. */
export async function mayCreate(id: string, { ask }: Pick<Terminal, "ask">): Promise<void> {
  if (ask === null || (await ask(`There is no organization ${printable(id)}. Create it?`))) return;
  throw new CommandFailure("Nothing was made.");
}

/** Says that it was created, where nobody was asked. */
export function tellCreated(id: string, { ask, note }: Pick<Terminal, "ask" | "note">): void {
  if (ask !== null) return;
  const undo = `DELETE /v1/organizations/${encodeURIComponent(id)}?confirm=${encodeURIComponent(id)}`;
  note(`There was no organization ${printable(id)}: it was created. If that was a slip, undo it with ${undo}.\n`);
}
