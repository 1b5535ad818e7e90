// The files and ports that this machine can run out of while it connects. Such an error says nothing about a receiver.

import { closeSync, openSync } from "node:fs";

export type Shortage = "no_socket" | "no_port";

/** Null: the error is not of that kind. `address`: where the connection should go. */
export function shortageOf(error: unknown, address: string): Shortage | null {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (/^(?:EMFILE|ENFILE|ENOBUFS|ENOMEM)$/.test(code)) return "no_socket";
  // In IPv6 it says that this machine has no address to come from.
  return code === "EADDRNOTAVAIL" && !address.includes(":") ? "no_port" : null;
}

/** Whether not even a file can be opened: a look-up of a name then fails without saying why. */
export function noFilesLeft(): boolean {
  try {
    closeSync(openSync("/dev/null", "r"));
    return false;
  } catch (error) {
    return shortageOf(error, "") === "no_socket";
  }
}
