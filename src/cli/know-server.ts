// Knows the server before a key is sent to it: another program may listen where Belfry was.

import { randomBytes } from "node:crypto";
import { proofOf, serverPath } from "../server-proof.ts";
import { CommandFailure } from "./failure.ts";
import { asRecord } from "./json.ts";

export interface Introduction {
  readonly status: number;
  readonly body: unknown;
}

/** Asks for a path of the server, without a key. */
export type AskServer = (path: string) => Promise<Introduction>;

/** `nonce`: of the server.json that named the server; null: the user named it. Throws CommandFailure unless it is Belfry, and
 * the one that wrote the file. False: whoever answers says that it cannot at the moment. */
export async function knowServer(origin: string, nonce: string | null, ask: AskServer): Promise<boolean> {
  const challenge = randomBytes(18).toString("base64url");
  const { status, body } = await ask(`${serverPath}?challenge=${challenge}`);
  if (status === 429 || (status >= 500 && status <= 599)) return false;
  const { name, proof } = asRecord(body);
  if (status !== 200 || name !== "belfry") {
    throw new CommandFailure(
      `What answers at ${origin} is not Belfry (it answers ${status} to GET ${serverPath}), so no key was sent there. Check the URL, or start the server again.`,
    );
  }
  if (nonce !== null && proof !== proofOf(nonce, challenge)) {
    throw new CommandFailure(
      `The Belfry at ${origin} is another one than server.json of the data directory names, so no key was sent there. Start the server of that directory again, or name this one with --url and --key.`,
    );
  }
  return true;
}
