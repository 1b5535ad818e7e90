// The receiver as the bench holds it: a process of its own, with real certificates of a throw-away authority.

import { fork } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createCertificates } from "../../src/cli/certificate.ts";
import { pause } from "./figures.ts";
import { atEnd, makePlace } from "./places.ts";
import type { Order, Seen, Start } from "./receiver-child.ts";

export interface Receiver {
  /** `https://127.10.0.1:40123`, one for each address. */
  readonly origins: readonly string[];
  readonly addresses: readonly string[];
  /** PEM of the authority, and a file with the same. */
  readonly ca: string;
  readonly caFile: string;
  expect(first: number, count: number): Promise<void>;
  hang(addresses: readonly string[]): Promise<void>;
  /** Every answer comes so many ms after its request from now on. */
  delay(ms: number): Promise<void>;
  seen(): Promise<Seen>;
  /** Monotonic ms by event, 0 where it has not come. */
  arrivals(): Promise<Float64Array>;
  /** Resolves when so many of the expected events have come. */
  complete(events: number): Promise<void>;
}

export interface ReceiverPlan {
  /** How many addresses it has. */
  readonly count?: number;
  /** The second number of its addresses; two receivers must differ in it. */
  readonly block?: number;
  /** What the addresses do, in turn; none: they receive. */
  readonly acts?: readonly string[];
}

export async function startReceiver({ count = 1, block = 0, acts = [] }: ReceiverPlan = {}): Promise<Receiver> {
  const addresses = Array.from({ length: count }, (_, index) => `127.10.${block + (index >> 8)}.${(index & 255) + 1}`);
  const leaf = await createCertificates(addresses, { now: Date.now() });
  const caFile = join(makePlace(), "ca.pem");
  writeFileSync(caFile, leaf.ca);
  const child = fork(join(import.meta.dirname, "receiver-child.ts"), { serialization: "advanced" });
  atEnd(() => child.kill("SIGKILL"));
  let queue: Promise<unknown> = Promise.resolve();
  const ask = <Result>(message: Start | Order): Promise<Result> => {
    const answer = queue.then(
      () =>
        new Promise<Result>((resolve, reject) => {
          child.once("exit", reject);
          child.once("message", (result) => {
            child.removeListener("exit", reject);
            resolve(result as Result);
          });
          child.send(message);
        }),
    );
    queue = answer;
    return answer;
  };
  const port = await ask<number>({ certificate: leaf.certificate, key: leaf.key, addresses, acts });
  const seen = (): Promise<Seen> => ask<Seen>({ say: "figures" });
  return {
    addresses,
    origins: addresses.map((address) => `https://${address}:${port}`),
    ca: leaf.ca,
    caFile,
    expect: (first, count) => ask({ say: "expect", first, count }),
    hang: (addresses) => ask({ say: "hang", addresses }),
    delay: (ms) => ask({ say: "delay", ms }),
    seen,
    arrivals: () => ask({ say: "arrivals" }),
    async complete(events) {
      while ((await seen()).events < events) await pause(10);
    },
  };
}

/** One file with the authorities of several receivers. */
export function joinAuthorities(receivers: readonly Receiver[]): string {
  const file = join(makePlace(), "authorities.pem");
  writeFileSync(file, receivers.map(({ ca }) => ca).join("\n"));
  return file;
}
