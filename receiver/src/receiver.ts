// A receiver: whom it trusts, which handlers it has, and what it answers. It knows no server; an adapter turns the server's
// request into a RawRequest, and the Answer into the server's response.

import { type EventName, eventNames, type Received, type ReceivedUnknown } from "./event.ts";
import { createGaps, type GapOptions } from "./gaps.ts";
import { handle, handleEvent, type Handler, type Setup } from "./handle.ts";
import { memorySeen } from "./memory-seen.ts";
import { missedEvent } from "./missed.ts";
import type { RawRequest } from "./raw-request.ts";
import type { Seen } from "./seen.ts";
import { createTrust, type TrustOptions } from "./trust.ts";

export interface ReceiverOptions extends TrustOptions, GapOptions {
  /** Largest body, in bytes. Default 1 MiB. */
  readonly limit?: number;
  /** Which events were handled already. Default: remembered in memory. */
  readonly seen?: Seen;
  /** Called for each request that is not answered 2xx, and with 500 where something missed could not be told or fetched. Default: writes those answered 5xx to console.error. */
  readonly onError?: (error: unknown, status: number) => void;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Receiver {
  /** Calls `handler` for events of this name, or of any of these names; each name has one handler. The sender gets 200 when
   * the handler's promise is fulfilled. It gets 500 when the handler throws, and sends the event again. */
  on<Name extends EventName>(name: Name | readonly Name[], handler: Handler<Received<Name>>): Receiver;
  /** Calls `handler` for everything that has no handler. Without it, such events are answered 200 and dropped. */
  otherwise(handler: Handler<Received | ReceivedUnknown>): Receiver;
  /** Never rejects. */
  receive(request: RawRequest): Promise<Answer>;
}

/** Throws a TypeError for a malformed option, and when no option says whom to trust. */
export function createReceiver(options: ReceiverOptions): Receiver {
  const { limit = 1024 * 1024, seen = memorySeen(), onError = logFailures } = options;
  if (!(limit > 0)) throw new TypeError("limit must be a number of bytes greater than 0.");
  const handlers = new Map<string, Handler<never>>();
  let fallback: Handler<never> | null = null;
  const handlerOf: Setup["handlerOf"] = (name) => handlers.get(name) ?? fallback;
  const gaps = createGaps(options, {
    store: seen.numbers,
    now: options.now ?? Date.now,
    handleMissed: async (item) => (await handleEvent(missedEvent(item), setup)) === null,
    onError: (error) => tellError(error, 500),
  });
  const setup: Setup = { trust: createTrust(options), limit, seen, gaps, handlerOf };
  const tellError = (error: unknown, status: number): void => {
    try {
      onError(error, status);
    } catch (failure) {
      // Whoever waits for an answer gets it all the same.
      console.error(failure);
    }
  };
  const receiver: Receiver = {
    on(name, handler) {
      for (const each of [name].flat() as EventName[]) {
        if (!eventNames.includes(each)) throw new TypeError(`There is no event named ${each}.`);
        if (handlers.has(each)) throw new TypeError(`${each} has a handler already.`);
        handlers.set(each, handler);
      }
      return receiver;
    },
    otherwise(handler) {
      if (fallback !== null) throw new TypeError("otherwise was called before, and takes one handler.");
      fallback = handler;
      return receiver;
    },
    receive: (request) => answer(request, setup, tellError),
  };
  return receiver;
}

async function answer(
  request: RawRequest,
  setup: Setup,
  tellError: (error: unknown, status: number) => void,
): Promise<Answer> {
  const refusal = await handle(request, setup);
  if (refusal === null) return { status: 200, headers: {}, body: "" };
  const { status, code, error, headers } = refusal;
  tellError(error, status);
  return { status, headers: { "content-type": "text/plain", ...headers }, body: code };
}

function logFailures(error: unknown, status: number): void {
  if (status >= 500) console.error(error);
}
