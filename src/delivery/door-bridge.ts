// Port and sender: asks the bridge to a building's doors to open one, by a signed POST. It is no delivery: one attempt, never
// retried, held or sent again, and void after five seconds, since nobody wants a door to open later.

import { sign } from "../../receiver/src/index.ts";
import type { Random, Clock } from "../clock.ts";
import { newId } from "../model/ksuid.ts";
import type { Send } from "./attempt/request.ts";
import { signingKey } from "./attempt/signing-key.ts";

export interface DoorRequest {
  readonly organization: string;
  readonly url: string;
  /** The record of the request, as the vendor's API shows it. */
  readonly data: object;
}

export interface DoorBridge {
  /** False: the bridge refused, failed, or was silent for five seconds. */
  open(request: DoorRequest): Promise<boolean>;
}

export interface DoorBridgeDeps {
  readonly send: Send;
  readonly clock: Clock;
  readonly random: Random;
  /** `whsec_…`, which the bridge knows. */
  readonly secret: string;
  readonly version: string;
}

const voidAfterMs = 5_000;

export function createDoorBridge({ send, clock, random, secret, version }: DoorBridgeDeps): DoorBridge {
  const key = signingKey(secret);
  return {
    async open({ organization, url, data }) {
      const now = clock.now();
      const id = newId("door", now, random.bytes(16));
      const timestamp = Math.floor(now / 1000);
      const void_after = new Date(now + voidAfterMs).toISOString();
      const event = { resource_type: "door_release_request", action: "create", data };
      const body = JSON.stringify({ event, void_after });
      const outcome = await send({
        organization,
        url,
        headers: [
          ["content-type", "application/json"],
          ["user-agent", `Belfry/${version}`],
          ["webhook-id", id],
          ["webhook-timestamp", `${timestamp}`],
          ["webhook-signature", sign({ id, timestamp, body, secret: [key] })],
        ],
        body,
        timeoutMs: voidAfterMs,
        once: true,
      });
      return outcome.code === "delivered";
    },
  };
}
