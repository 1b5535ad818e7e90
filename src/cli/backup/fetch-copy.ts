// Fetches a copy of the database from a running server: begins it, waits until it is made, and reads it page by page with pauses,
// so that the server has time for its other work.

import type { Clock } from "../../clock.ts";
import type { CopyFacts } from "../../store/copies.ts";
import { CommandFailure } from "../failure.ts";
import { asRecord, asText, type Json } from "../json.ts";
import { isBusy, type OperatorClient, refusal, Unreachable } from "../operator-client.ts";
import type { Progress } from "../progress.ts";
import { waitFor } from "../waiting.ts";

export interface Fetching {
  readonly client: OperatorClient;
  readonly clock: Clock;
  readonly interrupted: AbortSignal;
  readonly progress: Progress;
}

export interface MadeCopy {
  readonly id: string;
  readonly startedAt: string;
  readonly bytes: number;
  readonly facts: CopyFacts;
}

const pollMs = 250;
/** Between two pages of 1 MiB. */
const pauseMs = 5;
const tries = 5;
const againMs = 1_000;

/** Gives its id. Whoever calls must remove it again. */
export async function beginCopy({ client }: Fetching): Promise<string> {
  return asText(asRecord(await client.request("POST", "/v1/backups"))["id"]);
}

/** Resolves when the server has made it. Throws a CommandFailure when it could not. */
export async function copyMade(id: string, fetching: Fetching): Promise<MadeCopy> {
  const { client, clock, interrupted, progress } = fetching;
  for (;;) {
    const { state, error, started_at, copied, bytes, facts } = await patiently(fetching, () => look(client, id));
    if (state === "failed") throw new CommandFailure(`The server could not copy its database: ${asText(error)}`);
    if (state === "ready") {
      const { master_key, ...known } = asRecord(facts);
      const all = { ...known, masterKey: master_key } as unknown as CopyFacts;
      return { id, startedAt: asText(started_at), bytes: Number(bytes), facts: all };
    }
    // Fetching is the other half of the work.
    progress.update(Number(copied) / Math.max(Number(bytes), 1) / 2, mib(Number(copied)));
    await waitFor(clock, pollMs, interrupted);
  }
}

/** The bytes of the copy. */
export async function* pagesOf({ id, bytes }: MadeCopy, fetching: Fetching): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < bytes; ) {
    const page = await patiently(fetching, () => fetching.client.bytes(`/v1/backups/${id}/database?offset=${offset}`));
    if (page.length === 0) throw new CommandFailure("The server sent less than the whole copy. Make the backup again.");
    yield page;
    offset += page.length;
    fetching.progress.update(0.5 + offset / bytes / 2, mib(offset));
    await waitFor(fetching.clock, pauseMs, fetching.interrupted);
  }
}

export const mib = (bytes: number): number => Math.ceil(bytes / 1024 / 1024);

async function look(client: OperatorClient, id: string): Promise<Json> {
  const path = `/v1/backups/${id}`;
  const reply = await client.send("GET", path);
  if (reply.status < 300) return asRecord(reply.body);
  const said = refusal(`GET ${path}`, reply);
  throw isBusy(reply) ? new Unreachable(said) : new CommandFailure(said);
}

/** Asks again where the server did not answer, or has too much to do. */
async function patiently<Result>({ clock, interrupted }: Fetching, ask: () => Promise<Result>): Promise<Result> {
  for (let left = tries; ; left--) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof Unreachable) || left === 1 || interrupted.aborted) throw error;
      await waitFor(clock, againMs, interrupted);
    }
  }
}
