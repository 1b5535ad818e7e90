// Answers requests to inboxes inside the process: composed, signed and checked as all others, and no socket is opened. Whatever is
// no URL of an inbox, letter for letter, goes to the sender behind this and its guard. A delay counts as the receiver's.

import type { Cancel, Clock } from "../clock.ts";
import type { Outcome } from "../model/attempt.ts";
import type { Arrival } from "../model/inbox.ts";
import type { ReceiverAnswer } from "../model/receiver-answer.ts";
import type { DeliveryRequest, Send } from "./attempt/request.ts";
import { answered, failed } from "./client/outcome.ts";
import { encodeRequest } from "./client/request-encoder.ts";
import { newResponse } from "./client/response.ts";
import type { DestinationGuard } from "./destination-guard.ts";

/** The inboxes as a sender sees them. */
export interface InboxPort {
  /** null: it is no URL of an inbox. */
  tokenOf(url: string): string | null;
  byToken(token: string): object | null;
  /** null: there is no such inbox. */
  receive(token: string, arrival: Arrival): Promise<ReceiverAnswer | null>;
}

export interface InboxSend {
  readonly send: Send;
  /** Attempts that wait for their answer become `interrupted`. */
  stop(): void;
}

const noSuchInbox = "There is no such inbox any more. Inboxes end after seven days, and when Belfry restarts.";

export function createInboxSend(inboxes: InboxPort, send: Send, clock: Clock): InboxSend {
  const waiting = new Set<{ readonly cancel: Cancel; readonly stop: () => void }>();
  let stopped = false;

  /** false: the server stopped before. */
  const wait = (ms: number): Promise<boolean> => {
    if (stopped || ms === 0) return Promise.resolve(!stopped);
    return new Promise((resolve) => {
      const end = (isOver: boolean) => () => {
        waiting.delete(entry);
        resolve(isOver);
      };
      const entry = { cancel: clock.after(ms, end(true)), stop: end(false) };
      waiting.add(entry);
    });
  };

  async function receive(token: string, request: DeliveryRequest): Promise<Outcome> {
    const { organization, url, timeoutMs, headers } = request;
    const { host, pathname: path } = new URL(url);
    if (encodeRequest(request, { host, path }) === null) {
      return failed("header_forbidden", "A header cannot be sent as it is.", 0);
    }
    const startedAt = clock.monotonic();
    const body = Buffer.from(request.body);
    const framing = [["content-length", `${body.length}`]] as const;
    const all = [["host", host] as const, ...headers, ...framing];
    const answer = await inboxes.receive(token, { sender: organization, method: "POST", headers: all, body });
    const isInTime = (answer?.delayMs ?? 0) < timeoutMs;
    const isOver = await wait(isInTime ? (answer?.delayMs ?? 0) : timeoutMs);
    const durationMs = Math.round(clock.monotonic() - startedAt);
    if (!isOver) return failed("interrupted", "Belfry was stopped.", durationMs);
    if (!isInTime) return failed("timeout", `The inbox did not answer within ${timeoutMs} ms.`, durationMs);
    const response = { ...newResponse(), status: answer?.status ?? 404, headRead: true, phase: "done" as const };
    const outcome = answered(response, url, { now: clock.now(), durationMs });
    return answer === null ? { ...outcome, detail: noSuchInbox } : outcome;
  }

  return {
    send(request) {
      const token = inboxes.tokenOf(request.url);
      return token === null ? send(request) : receive(token, request);
    },
    stop() {
      stopped = true;
      for (const { cancel, stop } of waiting) {
        cancel();
        stop();
      }
    },
  };
}

/** The guard, which also lets pass the URLs of inboxes that there are. */
export function withInboxes(
  guard: DestinationGuard,
  inboxes: Pick<InboxPort, "tokenOf" | "byToken">,
): DestinationGuard {
  return {
    ...guard,
    async url(url, organization) {
      const token = inboxes.tokenOf(url);
      if (token === null) return guard.url(url, organization);
      if (inboxes.byToken(token) !== null) return { allowed: true };
      const message = "There is no inbox at this URL, or it has ended. Make one with POST /v1/inboxes.";
      return { allowed: false, code: "url_forbidden", message };
    },
  };
}
