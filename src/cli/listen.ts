// belfry listen: an HTTPS receiver on this machine that shows what arrives and whether its signature holds.

import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import { join, resolve } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { prepareSecret } from "../../receiver/src/index.ts";
import { systemClock } from "../clock.ts";
import { withExample } from "./example.ts";
import { CommandFailure } from "./failure.ts";
import { createAnswer } from "../failing-answer.ts";
import { type NamedSecret, startLocalReceiver, type Verification } from "./local-receiver.ts";
import { asRecord } from "./json.ts";
import { deliveryLine, fullLines } from "./delivery-line.ts";
import { createOperatorClient, type ServerOptions, withServerOptions } from "./operator-client.ts";
import { printable } from "./printable.ts";
import { makeTemporaryFolder } from "./temporary-folder.ts";
import type { Terminal } from "./terminal.ts";

interface ListenOptions extends ServerOptions {
  readonly port: number;
  readonly host: string;
  readonly subscription?: readonly string[];
  readonly secret?: readonly string[];
  readonly caFile?: string;
  readonly full?: true;
  readonly status: number;
  readonly delay: number;
  readonly failFirst: number;
  readonly json?: true;
}

export function listenCommand(program: Command, terminal: Terminal): void {
  withExample(withServerOptions(program.command("listen")), "belfry listen --ca-file listen.pem")
    .description("receive webhooks on this machine, verify them and show them")
    .option("--port <port>", "0 takes a free one", readPort, 0)
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("--subscription <id...>", "verify with the signing secrets of these subscriptions, fetched from the server")
    .option("--secret <whsec...>", "verify with these signing secrets", readSecret)
    .option("--ca-file <file>", "where to keep the certificate that Belfry must trust (else a temporary file)")
    .option("--full", "show headers and body of each delivery")
    .option("--status <code>", "answer with this status", readStatus, 204)
    .option("--delay <ms>", "answer after so many milliseconds", readWhole, 0)
    .option("--fail-first <n>", "answer 503 to the first attempts of each delivery, to watch retries", readWhole, 0)
    .option("--json", "one JSON object a delivery")
    .action((options: ListenOptions) => run(options, terminal));
}

async function run(options: ListenOptions, terminal: Terminal): Promise<void> {
  const secrets = [...(options.secret ?? []).map(namedSecret), ...(await revealed(options, terminal))];
  const { keptCertificate } = await import("./kept-certificate.ts");
  const folder = options.caFile === undefined ? makeTemporaryFolder("belfry-listen-") : null;
  const caFile = resolve(options.caFile ?? join(folder!.path, "ca.pem"));
  const isOne = secrets.length < 2;

  const totals: Record<Verification, number> = { ok: 0, duplicate: 0, unverified: 0, bad_signature: 0 };
  try {
    const { certificate, key } = await keptCertificate(caFile, namesOf(options.host), systemClock.now());
    const receiver = await startLocalReceiver({
      host: options.host,
      port: options.port,
      certificate,
      key,
      secrets: () => secrets,
      answer: createAnswer({ ...options, delayMs: options.delay }),
      clock: systemClock,
      onReceived(received) {
        totals[received.verdict]++;
        if (options.json) {
          const { headers, ...rest } = received;
          terminal.write(`${JSON.stringify(options.full ? { ...rest, headers } : rest)}\n`);
          return;
        }
        const line = deliveryLine(received, isOne ? {} : { from: received.subscription });
        terminal.write(`${[line, ...(options.full ? fullLines(received) : [])].join("\n")}\n`);
      },
    });
    terminal.note(explained(receiver.url, options.host, caFile, secrets.length));
    if (options.json) terminal.write(`${JSON.stringify({ listening: receiver.url, ca_file: caFile })}\n`);
    await until(terminal.interrupted);
    await receiver.stop();
  } finally {
    folder?.remove();
  }
  const sum = totals.ok + totals.duplicate + totals.unverified + totals.bad_signature;
  if (options.json) terminal.write(`${JSON.stringify({ received: sum, ...totals })}\n`);
  else
    terminal.note(
      `${sum} received: ${totals.ok} ok, ${totals.duplicate} duplicates, ${totals.unverified} not verified, ${totals.bad_signature} with a bad signature.\n`,
    );
}

const namedSecret = (secret: string, index: number): NamedSecret => ({ secret, name: `secret ${index + 1}` });

async function revealed(options: ListenOptions, terminal: Terminal): Promise<readonly NamedSecret[]> {
  if (options.subscription === undefined) return [];
  const client = createOperatorClient(options, terminal);
  const secrets: NamedSecret[] = [];
  for (const id of options.subscription) {
    const path = `/v1/subscriptions/${encodeURIComponent(id)}`;
    const secret = asRecord(await client.request("POST", `${path}/signing-secret/reveal`))["signing_secret"];
    if (typeof secret !== "string") throw new CommandFailure(`The server gave no signing secret for ${printable(id)}.`);
    const named = options.subscription.length < 2 ? id : asRecord(await client.request("GET", path))["name"];
    secrets.push({ secret, name: typeof named === "string" && named !== "" ? named : id });
  }
  return secrets;
}

function explained(url: string, host: string, caFile: string, secrets: number): string {
  const loopback = host.startsWith("127.") || host === "::1" || host === "localhost";
  const network = loopback ? "127.0.0.0/8,::1/128" : networkOf(host);
  return `Listening on ${url}, any path. Ctrl-C ends.
For a Belfry to deliver here, start it with these settings:
  BELFRY_CA_FILE=${caFile} BELFRY_ALLOW_NETWORKS=${network}${loopback ? " BELFRY_ALLOW_LOOPBACK=true" : ""}
${secrets === 0 ? "Signatures are not verified: name a --subscription or a --secret.\n" : `Verifying with ${secrets} signing secret${secrets === 1 ? "" : "s"}.\n`}`;
}

/** The one address, or a stand-in where it listens on all. */
const networkOf = (host: string): string => (isIP(host) === 4 && host !== "0.0.0.0" ? `${host}/32` : "192.168.1.0/24");

/** The names a certificate must carry for a receiver at this address. */
function namesOf(host: string): readonly string[] {
  if (host !== "0.0.0.0" && host !== "::") return [...new Set([host, "localhost", "127.0.0.1"])];
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return ["localhost", ...own.map(({ address }) => address.replace(/%.*$/, ""))];
}

function until(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

export function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 65_536;
  if (port <= 65_535) return port;
  throw new InvalidArgumentError("It is a number from 0 to 65535.");
}

function readStatus(text: string): number {
  if (/^[2-5]\d\d$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It is a status of HTTP, from 200 to 599.");
}

function readWhole(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It is a whole number below a million.");
}

function readSecret(text: string, before: readonly string[] | undefined): readonly string[] {
  try {
    prepareSecret(text);
  } catch {
    throw new InvalidArgumentError("It is whsec_ followed by base64.");
  }
  return [...(before ?? []), text];
}
