// belfry listen: an HTTPS receiver on this machine that shows what arrives and whether its signature holds.

import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import { join, resolve } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { prepareSecret } from "../../receiver/src/index.ts";
import { systemClock } from "../clock.ts";
import { withExample } from "./example.ts";
import { CommandFailure } from "./failure.ts";
import { startInbox, type ReceivedDelivery, type Verification } from "./inbox.ts";
import { asRecord } from "./json.ts";
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
    .option("--json", "one JSON object a delivery")
    .action((options: ListenOptions) => run(options, terminal));
}

async function run(options: ListenOptions, terminal: Terminal): Promise<void> {
  const secrets = [...(options.secret ?? []), ...(await revealed(options, terminal))];
  const { keptCertificate } = await import("./kept-certificate.ts");
  const folder = options.caFile === undefined ? makeTemporaryFolder("belfry-listen-") : null;
  const caFile = resolve(options.caFile ?? join(folder!.path, "ca.pem"));

  const totals: Record<Verification, number> = { ok: 0, duplicate: 0, unverified: 0, bad_signature: 0 };
  try {
    const { certificate, key } = await keptCertificate(caFile, namesOf(options.host), systemClock.now());
    const inbox = await startInbox({
      host: options.host,
      port: options.port,
      certificate,
      key,
      secrets: () => secrets,
      clock: systemClock,
      onReceived(received) {
        totals[received.verdict]++;
        terminal.write(options.json ? `${JSON.stringify(received)}\n` : `${deliveryLine(received)}\n`);
      },
    });
    terminal.note(explained(inbox.url, options.host, caFile, secrets.length));
    if (options.json) terminal.write(`${JSON.stringify({ listening: inbox.url, ca_file: caFile })}\n`);
    await until(terminal.interrupted);
    await inbox.stop();
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

async function revealed(options: ListenOptions, terminal: Terminal): Promise<readonly string[]> {
  if (options.subscription === undefined) return [];
  const client = createOperatorClient(options, terminal);
  const secrets: string[] = [];
  for (const id of options.subscription) {
    const path = `/v1/subscriptions/${encodeURIComponent(id)}/signing-secret/reveal`;
    const secret = asRecord(await client.request("POST", path))["signing_secret"];
    if (typeof secret !== "string") throw new CommandFailure(`The server gave no signing secret for ${printable(id)}.`);
    secrets.push(secret);
  }
  return secrets;
}

const words: Record<Verification, string> = {
  ok: "ok",
  duplicate: "duplicate",
  unverified: "not verified",
  bad_signature: "BAD SIGNATURE",
};

/** `12:30:01.250  ROOM_OCCUPANCY  Cherry Falls  ok  {"id":…` */
export function deliveryLine({ at, verdict, reason, type, subject, body }: ReceivedDelivery): string {
  const time = new Date(at).toISOString().slice(11, 23);
  const word = reason === null ? words[verdict] : `${words[verdict]} (${printable(reason)})`;
  return `${time}  ${printable(type, 40)}  ${printable(subject, 40) || "-"}  ${word}  ${printable(body, 120)}`;
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

function readSecret(text: string, before: readonly string[] | undefined): readonly string[] {
  try {
    prepareSecret(text);
  } catch {
    throw new InvalidArgumentError("It is whsec_ followed by base64.");
  }
  return [...(before ?? []), text];
}
