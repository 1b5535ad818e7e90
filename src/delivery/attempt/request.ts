// Port: one request and its outcome. The sender behind it never throws for what a receiver or a network does.

import type { Outcome } from "../../model/attempt.ts";
import type { TlsIdentity } from "./tls-identity.ts";

export interface DeliveryRequest {
  /** For whom it is made: look-ups of names are shared out by it. */
  readonly organization: string;
  readonly url: string;
  /** Name and value in the order they are sent; the sender adds host and content-length. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Sent as UTF-8. */
  readonly body: string;
  /** Absolute, over DNS, connect, TLS, write, headers and body. */
  readonly timeoutMs: number;
  /** Absent or null: as all others. */
  readonly identity?: TlsIdentity | null;
  /** true: it is never written a second time, not even where the receiver closed a kept connection under it. So it does not
   * begin on one. */
  readonly once?: boolean;
}

export type Send = (request: DeliveryRequest) => Promise<Outcome>;
