// What a server leaves in its data directory so that the commands beside it find it: `server.json` while it runs, and the
// operator's key.

import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { StartError } from "./errors.ts";
import { replacePrivateFile } from "./private-file.ts";

export function writeOperatorKey(data: string, key: string): void {
  write(join(data, "operator.key"), `${key}\n`);
}

function write(file: string, text: string): void {
  try {
    replacePrivateFile(file, text);
  } catch (cause) {
    throw new StartError(`${file} cannot be written: ${(cause as Error).message}. Make way for it and start again.`, {
      cause,
    });
  }
}

/** Empty when the operator has taken the file away. */
export function readOperatorKey(data: string): string {
  try {
    return readFileSync(join(data, "operator.key"), "utf8").trim();
  } catch {
    return "";
  }
}

/** Says where the server is, and by what it is known [server-proof.ts]. */
export function leaveTraces(data: string, url: string, nonce: string): void {
  write(join(data, tracesName), `${JSON.stringify({ url, nonce })}\n`);
}

/** At the end, so that nobody looks for a server that is gone. */
export function removeTraces(data: string): void {
  rmSync(join(data, tracesName), { force: true });
}

const tracesName = "server.json";
