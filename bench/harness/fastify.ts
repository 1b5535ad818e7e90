// Starts the bare Fastify route in a process of its own; gives its URL.

import { fork } from "node:child_process";
import { join } from "node:path";
import { atEnd } from "./places.ts";

export async function startFastify(): Promise<string> {
  const child = fork(join(import.meta.dirname, "fastify-child.ts"));
  atEnd(() => child.kill("SIGKILL"));
  return new Promise((resolve, reject) => {
    child.once("message", (url) => resolve(url as string)).once("exit", reject);
  });
}
