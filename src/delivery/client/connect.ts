// Opens a connection to a target: resolve once, judge every address, connect to one that was judged, judge the peer
// again, and for TLS check the certificate against the name. One time limit over all of it.

import { connect as connectTcp, type Socket } from "node:net";
import {
  checkServerIdentity,
  connect as connectTls,
  type ConnectionOptions,
  type PeerCertificate,
  type TLSSocket,
} from "node:tls";
import { LRUCache } from "lru-cache";
import type { Clock } from "../../clock.ts";
import { addressNotAllowed, judgeAddress } from "../guard/address.ts";
import { judgeAddresses } from "../guard/guard.ts";
import type { Policy } from "../guard/policy.ts";
import type { Resolver } from "../guard/resolver.ts";
import type { Target } from "../guard/url.ts";
import type { TlsIdentity } from "../attempt/tls-identity.ts";
import { type Shortage, shortageOf } from "../shortage.ts";
import { createJitter } from "./jitter.ts";
import { createSecureContexts } from "./secure-contexts.ts";
import { badIdentity, connectFailure, dnsDetails, tlsFailure, type ClientFailure } from "./failure.ts";

/** Where a connection leads, and as whom. Its `key` has the identity in it: what is kept by that key, at rest or to be resumed,
 * serves the same identity alone. */
export interface Destination extends Target {
  /** Absent: as all others. */
  readonly identity?: TlsIdentity;
}

export function destinationOf(target: Target, identity: TlsIdentity | null | undefined): Destination {
  return identity ? { ...target, key: `${target.key} ${identity.name}`, identity } : target;
}

export interface ConnectSettings {
  readonly policy: Policy;
  readonly resolver: Resolver;
  readonly clock: Clock;
  /** PEM of authorities to trust besides the usual ones. */
  readonly ca: readonly string[];
  /** Where the bytes of all connections arrive; each callback has to be done with them before it returns. */
  readonly buffer: Buffer;
  /** Gives sockets back to the machine when it has none left. */
  relieve(): void;
  readonly onCertificate?: CertificateListener | undefined;
}

/** Hears of every TLS handshake in which the receiver showed its certificate. `host`: name and port; `endsAt` reads when it ends,
 * epoch ms. */
export type CertificateListener = (host: string, endsAt: () => number) => void;

/** What a connection tells; to be set by whoever uses it. */
export interface ConnectedSocket {
  readonly socket: Socket;
  /** What it failed with: a TLS alert comes before the end that it brings about. */
  error: Error | null;
  onBytes: (count: number) => void;
  /** The receiver sends no more, or the connection is closed; both may come. */
  onEnd: () => void;
}

export type Connected =
  | { readonly line: ConnectedSocket }
  | { readonly failure: ClientFailure }
  | { readonly shortage: Shortage };

export interface Connect {
  /** Never throws. `organization`: for whom; `until`: monotonic ms. */
  open(target: Destination, organization: string, until: number): Promise<Connected>;
  /** Forgets what would let the next connection be resumed. */
  forget(target: Destination): void;
  /** Ends everything that is being opened; nothing is opened after it. */
  close(): void;
}

const longestConnectMs = 5_000;
const mostAddresses = 4;
const shortagePauseMs = 100;
/** From the last time that the certificate was seen: one that was changed must not be passed over for longer. */
const longestSessionMs = 60_000;
/** `http/1.1` after its length [RFC 7301 §3.1]. Node makes a copy for each connection: of any other form in its pool, of
 * which each connection would then keep 64 KiB. */
const protocols = new DataView(Uint8Array.of(8, ...Buffer.from("http/1.1")).buffer);
const forbidden: ClientFailure = {
  code: "address_forbidden",
  detail: addressNotAllowed.allowed ? "" : addressNotAllowed.message,
};

export function createConnect(settings: ConnectSettings): Connect {
  const { policy, resolver, clock, ca, buffer } = settings;
  const secureContexts = createSecureContexts(ca);
  const sessions = new LRUCache<string, { readonly ticket: Buffer; readonly until: number }>({ max: 2_000 });
  const sessionMs = createJitter(longestSessionMs);
  const opening = new Set<Socket>();
  let closed = false;

  async function open(target: Destination, organization: string, until: number): Promise<Connected> {
    let addresses: readonly string[] = [target.hostname];
    if (!target.isAddress) {
      const resolution = await within(until, resolver.resolve(target.hostname, organization));
      if (resolution === null || !resolution.found) {
        const code = resolution?.code ?? "dns_timeout";
        if (code === "no_socket") return { shortage: code };
        return { failure: { code, detail: dnsDetails[code] } };
      }
      addresses = resolution.addresses;
    }
    if (!judgeAddresses(addresses, policy).allowed) return { failure: forbidden };
    if (closed) return { failure: connectFailure(null) };
    if (target.tls && !isUsable(target)) return { failure: badIdentity };

    const limit = Math.min(until, clock.monotonic() + longestConnectMs);
    let last: Connected = { failure: connectFailure(null) };
    const tried = addresses.slice(0, mostAddresses);
    for (const [index, address] of tried.entries()) {
      const now = clock.monotonic();
      // A silent address leaves time for those behind it.
      last = await toAddress(target, address, now + (limit - now) / (tried.length - index), limit);
      if (closed || !("failure" in last) || !last.failure.code.startsWith("connect_")) break;
    }
    return last;
  }

  /** It was, when it was given: by now OpenSSL may ask for more. */
  function isUsable({ identity }: Destination): boolean {
    try {
      return secureContexts(identity ?? null) !== undefined;
    } catch {
      return false;
    }
  }

  async function toAddress(target: Destination, address: string, until: number, limit: number): Promise<Connected> {
    for (;;) {
      const result = await once(target, address, until);
      const shortage = "error" in result ? shortageOf(result.error, address) : null;
      if (shortage === null) return result;
      if (shortage === "no_socket") settings.relieve();
      if (shortage === "no_port" || closed || clock.monotonic() + shortagePauseMs >= limit) return { shortage };
      await new Promise<void>((resolve) => clock.after(shortagePauseMs, resolve));
      if (closed) return { shortage };
    }
  }

  function once(
    target: Destination,
    address: string,
    until: number,
  ): Promise<Connected & { readonly error?: unknown }> {
    return new Promise((resolve) => {
      let connected = false;
      const onread = {
        buffer,
        callback(count: number) {
          line.onBytes(count);
          return true;
        },
      };
      const at = { host: address, port: target.port, noDelay: true, onread };
      const socket = target.tls ? connectTls({ ...at, ...tlsOptions(target) }) : connectTcp(at);
      // Nobody has asked anything yet: what comes now is no answer.
      const line: ConnectedSocket = { socket, error: null, onBytes: () => socket.destroy(), onEnd() {} };
      opening.add(socket);

      const cancel = clock.after(until - clock.monotonic(), () => {
        const detail = connected
          ? "The TLS handshake was not finished in time."
          : "The receiver did not accept a connection in time.";
        finish({ failure: { code: "connect_timeout", detail } });
      });
      let finished = false;
      const finish = (result: Connected & { readonly error?: unknown }): void => {
        if (finished) return;
        finished = true;
        cancel();
        opening.delete(socket);
        if (!("line" in result)) socket.destroy();
        resolve(result);
      };

      socket.on("error", (raised) => {
        line.error = raised;
      });
      socket.on("end", () => line.onEnd());
      socket.on("close", () => {
        if (finished) return line.onEnd();
        const { error } = line;
        const failure = connected && target.tls ? tlsFailure(error) : connectFailure(error);
        if (failure.code.startsWith("tls_")) sessions.delete(target.key);
        finish({ failure, error });
      });
      socket.once("connect", () => {
        connected = true;
        if (!judgeAddress(socket.remoteAddress ?? "", policy).allowed) finish({ failure: forbidden });
        else if (!target.tls) finish({ line });
      });
      if (target.tls) {
        socket.once("secureConnect", () => {
          showCertificate(target, socket as TLSSocket);
          finish({ line });
        });
        socket.on("session", (ticket: Buffer) => {
          const before = (socket as TLSSocket).isSessionReused() ? sessions.get(target.key) : undefined;
          sessions.set(target.key, { ticket: apart(ticket), until: before?.until ?? clock.monotonic() + sessionMs() });
        });
      }
    });
  }

  /** A resumed session shows none: it is as old as the session at most, a minute. */
  function showCertificate({ hostname, port }: Target, socket: TLSSocket): void {
    if (socket.isSessionReused()) return;
    settings.onCertificate?.(`${hostname}:${port}`, () => Date.parse(socket.getPeerCertificate().valid_to));
  }

  function tlsOptions(target: Destination): ConnectionOptions {
    const session = sessions.get(target.key);
    return {
      secureContext: secureContexts(target.identity ?? null),
      // Said aloud, so that no environment variable can say otherwise.
      rejectUnauthorized: true,
      checkServerIdentity: identify,
      ALPNProtocols: protocols,
      ...(!target.isAddress && { servername: target.hostname }),
      ...(session !== undefined && session.until > clock.monotonic() && { session: session.ticket }),
    };
  }

  function within<T>(until: number, promise: Promise<T>): Promise<T | null> {
    return new Promise((resolve) => {
      const cancel = clock.after(until - clock.monotonic(), () => resolve(null));
      void promise.then((value) => {
        cancel();
        resolve(value);
      });
    });
  }

  return {
    open,
    forget: (target) => void sessions.delete(target.key),
    close() {
      closed = true;
      for (const socket of opening) socket.destroy();
    },
  };
}

/** A copy in memory of its own: a slice of Node's pool keeps all 64 KiB of that for as long as it lives. */
function apart(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}

/** A name in the subject alone counts for nothing [RFC 9525 §1.4]; Node would take it where there is no other. */
function identify(hostname: string, certificate: PeerCertificate): Error | undefined {
  if (certificate.subjectaltname !== undefined) return checkServerIdentity(hostname, certificate);
  return Object.assign(new Error("The certificate has no subject alternative name."), {
    code: "ERR_TLS_CERT_ALTNAME_INVALID",
  });
}
