// What one node asks of another, through the database: of the owner of an organization, or of all. Whoever is asked does it, and
// answers with a value or a refusal; who gets no answer in time is told that it may or may not have been done.

import type { Cancel, Clock } from "../clock.ts";
import { BelfryError, type ErrorCode } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Service } from "../service.ts";
import type { CallTarget, NodeStore, WaitingCall } from "../store/nodes.ts";

/** `argument` and answers are values that JSON carries. */
export type Handler = (argument: never) => Promise<unknown>;

export interface Calls extends Service {
  /** What the owner answers. Throws what it threw, and UNAVAILABLE where nobody answers in time. */
  ask<Answer>(to: CallTarget, name: string, argument: unknown, patienceMs?: number): Promise<Answer>;
  /** The same where nobody waits for the answer: an owner that comes later does it as well, within a minute. */
  tell(to: CallTarget, name: string, argument: unknown): Promise<void>;
  /** What this node does when it is asked. */
  handle(name: string, handler: Handler): void;
  /** Looks for calls and answers now. */
  look(): void;
}

export interface CallsDeps {
  readonly store: NodeStore;
  readonly node: string;
  /** Slices with an owner here. */
  readonly slices: () => readonly number[];
  readonly hint: (text: string) => void;
  readonly clock: Clock;
  readonly log: Log;
}

const usualPatienceMs = 5_000;
/** How often it looks for answers while somebody waits, ms: a hint comes sooner. */
const lookEveryMs = 100;
const forgetEveryMs = 30_000;

interface Asked {
  readonly resolve: (answer: string) => void;
}

export function createCalls({ store, node, slices, hint, clock, log }: CallsDeps): Calls {
  const handlers = new Map<string, Handler>();
  const asked = new Map<number, Asked>();
  const doing = new Set<number>();
  let running = false;
  let looking: Promise<void> | null = null;
  let again = false;
  let cancel: Cancel | null = null;
  let forgottenAt = clock.monotonic();

  async function perform({ number, name, argument }: WaitingCall): Promise<void> {
    doing.add(number);
    try {
      const answer = JSON.stringify(await answerOf(handlers.get(name), argument));
      await store.answer([{ number, answer }]);
      hint("answers");
    } catch (err) {
      log.warn("call.not_answered", { err, call: name }, "Another node could not be answered.");
    } finally {
      doing.delete(number);
    }
  }

  async function step(): Promise<void> {
    for (const call of await store.waitingCalls(node, slices(), [...doing])) void perform(call);
    if (asked.size > 0) {
      for (const { number, answer } of await store.takeAnswers([...asked.keys()])) asked.get(number)?.resolve(answer);
    }
    if (clock.monotonic() - forgottenAt < forgetEveryMs) return;
    forgottenAt = clock.monotonic();
    await store.forgetCalls();
  }

  function look(): void {
    if (!running) return;
    if (looking !== null) return void (again = true);
    again = false;
    cancel?.();
    // A database that is away is reported by others.
    looking = step()
      .catch(() => {})
      .finally(() => {
        looking = null;
        if (again) look();
        else if (asked.size > 0) cancel = clock.after(lookEveryMs, look);
      });
  }

  async function send(to: CallTarget, name: string, argument: unknown): Promise<number> {
    const number = await store.ask({ to, name, argument: JSON.stringify(argument ?? null) });
    hint("calls");
    return number;
  }

  return {
    async ask<Answer>(to: CallTarget, name: string, argument: unknown, patienceMs = usualPatienceMs) {
      const number = await send(to, name, argument);
      const { promise, resolve } = Promise.withResolvers<string | null>();
      const over = clock.after(patienceMs, () => resolve(null));
      asked.set(number, { resolve });
      look();
      const answer = await promise;
      asked.delete(number);
      over();
      if (answer !== null) return valueOf(answer) as Answer;
      throw new BelfryError(
        "UNAVAILABLE",
        "The node that owns this organization has not answered. It may or may not be done: look, then ask again.",
      );
    },
    async tell(to, name, argument) {
      await send(to, name, argument);
    },
    handle: (name, handler) => void handlers.set(name, handler),
    look,
    async start() {
      running = true;
    },
    async stop() {
      running = false;
      cancel?.();
      await looking;
    },
  };
}

type Answer = { readonly value: unknown } | { readonly error: { readonly code: ErrorCode; readonly message: string } };

async function answerOf(handler: Handler | undefined, argument: string): Promise<Answer> {
  try {
    if (handler === undefined) throw new BelfryError("UNAVAILABLE", "The node that was asked is of another release.");
    return { value: (await handler(JSON.parse(argument) as never)) ?? null };
  } catch (error) {
    if (error instanceof BelfryError) return { error: { code: error.code, message: error.message } };
    return { error: { code: "UNAVAILABLE", message: "The node that was asked could not do it." } };
  }
}

function valueOf(text: string): unknown {
  const answer = JSON.parse(text) as Answer;
  if ("value" in answer) return answer.value;
  throw new BelfryError(answer.error.code, answer.error.message);
}
