// The edge of the world for tests of the dispatcher: requests arrive here and are answered as the test says.

import { setImmediate as turn } from "node:timers/promises";
import type { Clock } from "../../src/clock.ts";
import type { Outcome, OutcomeCode } from "../../src/model/attempt.ts";
import type { DeliveryRequest, Send } from "../../src/delivery/attempt/request.ts";

export interface Call {
  readonly url: string;
  readonly request: DeliveryRequest;
  /** Wall and monotonic ms of its start. */
  readonly at: number;
  readonly monotonic: number;
  readonly delivery: string;
  readonly attempt: number;
  readonly event: string;
}

/** What a receiver answers: an outcome, at once or later, or never. */
export type Behaviour = (call: Call) => Outcome | Promise<Outcome> | "hang";

export interface Network {
  readonly send: Send;
  readonly calls: Call[];
  /** In flight per url. */
  readonly open: Map<string, number>;
  /** How this url behaves from now on; the others answer 200 at once. */
  answer(url: string, behaviour: Behaviour): void;
  /** Called at every start, when the call is counted already. */
  onStart: (call: Call) => void;
  inFlight(): number;
}

export const outcome = (code: OutcomeCode, parts: Partial<Outcome> = {}): Outcome => ({
  code,
  status: null,
  detail: null,
  retryAfterMs: null,
  durationMs: 1,
  response: null,
  responseBytes: 0,
  ...parts,
});
/** This machine had no file or port left for the attempt. */
export const shortage = outcome("local_shortage", { durationMs: 0 });
export const ok = outcome("delivered", { status: 200 });
export const failed = (status = 500, parts: Partial<Outcome> = {}) => outcome("http_error", { status, ...parts });

export function createNetwork(clock: Clock): Network {
  const behaviours = new Map<string, Behaviour>();
  const open = new Map<string, number>();
  let inFlight = 0;
  const network: Network = {
    calls: [],
    open,
    answer: (url, behaviour) => void behaviours.set(url, behaviour),
    onStart: () => {},
    inFlight: () => inFlight,
    async send(request) {
      const header = (name: string) => request.headers.find(([other]) => other === name)?.[1] ?? "";
      const call: Call = {
        url: request.url,
        request,
        at: clock.now(),
        monotonic: clock.monotonic(),
        delivery: header("belfry-delivery"),
        attempt: Number(header("belfry-attempt")),
        event: header("webhook-id"),
      };
      network.calls.push(call);
      inFlight++;
      open.set(call.url, (open.get(call.url) ?? 0) + 1);
      network.onStart(call);
      const answer = behaviours.get(call.url)?.(call) ?? ok;
      try {
        if (answer === "hang") {
          return await new Promise<Outcome>((resolve) => {
            clock.after(request.timeoutMs, () => resolve(outcome("timeout", { durationMs: request.timeoutMs })));
          });
        }
        const result = await answer;
        await turn();
        return result;
      } finally {
        inFlight--;
        open.set(call.url, open.get(call.url)! - 1);
      }
    },
  };
  return network;
}
