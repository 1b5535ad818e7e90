// What the demo stands on: a folder that is gone afterwards, a receiver with a certificate of its own, and a server that trusts it.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../clock.ts";
import { type LocalReceiver, type LocalReceiverOptions, startLocalReceiver } from "../local-receiver.ts";
import { createOperatorClient, Interrupted, type OperatorClient } from "../operator-client.ts";
import { makeTemporaryFolder } from "../temporary-folder.ts";

/** What the demo asks of a server. */
export interface DemoServerOptions {
  /** Data directory, empty. */
  readonly data: string;
  readonly port: number;
  /** PEM file of an authority that deliveries shall trust beside the usual ones. */
  readonly caFile: string;
  readonly allowNetworks: readonly string[];
  readonly allowLoopback: boolean;
}

export interface DemoServer {
  readonly url: string;
  readonly operatorKey: string;
  stop(): Promise<void>;
}

export type StartDemoServer = (options: DemoServerOptions) => Promise<DemoServer>;

export interface StageOptions extends Pick<LocalReceiverOptions, "secrets" | "answer" | "onReceived"> {
  /** Of the server; 0: a free one. */
  readonly port: number;
  readonly startServer: StartDemoServer;
  /** How the program was called. */
  readonly command: string;
  readonly stopped: AbortSignal;
}

export interface Opened {
  /** Of the server, and of the receiver. */
  readonly url: string;
  readonly receiver: string;
  readonly client: OperatorClient;
}

export interface Stage {
  /** Throws Interrupted where `stopped` comes first. */
  open(): Promise<Opened>;
  /** Ends whatever is open, however far `open` came. */
  close(): Promise<void>;
}

export function createStage({ port, startServer, command, stopped, ...receiving }: StageOptions): Stage {
  const folder = makeTemporaryFolder("belfry-demo-");
  let receiver: LocalReceiver | null = null;
  let server: DemoServer | null = null;
  const goOn = (): void => {
    if (stopped.aborted) throw new Interrupted(null);
  };
  return {
    async open() {
      const { createCertificates } = await import("../certificate.ts");
      const names = ["127.0.0.1", "localhost"];
      const { ca, certificate, key } = await createCertificates(names, { now: systemClock.now() });
      const caFile = join(folder.path, "ca.pem");
      writeFileSync(caFile, ca);
      receiver = await startLocalReceiver({
        ...receiving,
        host: names[0]!,
        port: 0,
        certificate,
        key,
        clock: systemClock,
      });
      goOn();
      const data = join(folder.path, "data");
      server = await startServer({ data, port, caFile, allowNetworks: ["127.0.0.0/8"], allowLoopback: true });
      goOn();
      const { url, operatorKey } = server;
      const client = createOperatorClient({ url, key: operatorKey }, { command, env: {}, interrupted: stopped });
      return { url, receiver: receiver.url, client };
    },
    async close() {
      await server?.stop();
      await receiver?.stop();
      folder.remove();
    },
  };
}
