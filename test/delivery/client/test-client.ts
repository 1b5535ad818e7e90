// A sender for which 127.10.0.0/16 is the public internet, and receivers that go with the test.

import type { Clock } from "../../../src/clock.ts";
import { systemClock } from "../../../src/clock.ts";
import { createPolicy, type GuardSettings } from "../../../src/delivery/guard/policy.ts";
import type { Resolution, Resolver } from "../../../src/delivery/guard/resolver.ts";
import { createClient, type DeliveryClient } from "../../../src/delivery/client/client.ts";
import type { DeliveryRequest } from "../../../src/delivery/attempt/request.ts";
import type { Outcome } from "../../../src/model/attempt.ts";
import { type HostileOptions, type HostileReceiver, startHostileReceiver } from "../../fixtures/hostile-receiver.ts";
import { testAuthority } from "../../fixtures/https-receiver.ts";
import type { SteeredClock } from "../../fixtures/steered-clock.ts";

/** What a test needs of `t`. */
export interface Context {
  after(then: () => unknown): void;
}

/** Closed when the test ends. */
export async function startRawReceiver(
  t: Context,
  act: HostileOptions["act"],
  options: Omit<HostileOptions, "act"> = {},
): Promise<HostileReceiver> {
  const receiver = await startHostileReceiver({ ...options, ...(act !== undefined && { act }) });
  t.after(() => receiver.close());
  return receiver;
}

/** Names for tests; what is not in here does not exist. */
export function fixedResolver(names: Record<string, readonly string[]>): Resolver & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    resolve(name) {
      asked.push(name);
      const addresses = names[name];
      const resolution: Resolution =
        addresses === undefined ? { found: false, code: "dns_not_found" } : { found: true, addresses };
      return Promise.resolve(resolution);
    },
  };
}

export interface TestSender extends DeliveryClient {
  /** Throws where no attempt could be made. */
  post(url: string, change?: Partial<DeliveryRequest>): Promise<Outcome>;
}

export async function startSender(
  t: Context,
  resolver: Resolver = fixedResolver({}),
  guard: GuardSettings = {},
  clock: Clock = systemClock,
): Promise<TestSender> {
  const { ca } = await testAuthority();
  const policy = createPolicy({ allowNetworks: ["127.10.0.0/16"], allowLoopback: true, allowHttp: true, ...guard });
  const sender = createClient({ policy, resolver, clock, tls: { ca } });
  t.after(() => sender.close());
  return {
    ...sender,
    async post(url, change = {}) {
      const headers = [["x-test", "1"]] as const;
      const request = { organization: "org_a", url, headers, body: '{"a":1}', timeoutMs: 5_000, ...change };
      const outcome = await sender.send(request);
      if (typeof outcome === "string") throw new Error(outcome);
      return outcome;
    },
  };
}

/** Lets time pass once the request is there, slowly enough for bytes to come in between, until the attempt has ended. */
export async function passUntil(clock: SteeredClock, receiver: HostileReceiver, sent: Promise<Outcome>): Promise<void> {
  await receiver.waitFor(1);
  let landed = false;
  void sent.then(() => (landed = true));
  while (!landed) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    await clock.pass(100);
  }
}
