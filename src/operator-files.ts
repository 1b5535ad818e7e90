// What a server leaves in its data directory so that the commands beside it find it: `server.json` while it runs, and the
// operator's key.

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const privately = { mode: 0o600 } as const;

export function writeOperatorKey(data: string, key: string): void {
  const file = join(data, "operator.key");
  // The mode counts only for new files; one left behind by an older key may have another.
  rmSync(file, { force: true });
  writeFileSync(file, `${key}\n`, { ...privately, flush: true });
}

/** Empty when the operator has taken the file away. */
export function readOperatorKey(data: string): string {
  try {
    return readFileSync(join(data, "operator.key"), "utf8").trim();
  } catch {
    return "";
  }
}

/** Says where the server is; `remove` at the end, so that nobody looks for a server that is gone. */
export function leaveTraces(data: string, url: string): { remove(): void } {
  const file = join(data, "server.json");
  writeFileSync(file, `${JSON.stringify({ url })}\n`, privately);
  return { remove: () => rmSync(file, { force: true }) };
}
