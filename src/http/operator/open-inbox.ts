// /inbox/{token}: whatever is sent there is kept and answered as the inbox is told. Knowing the token is all it takes to see what
// arrived and to choose the answer. A browser that opens the address gets the page that shows it.

import type { Clock } from "../../clock.ts";
import { BelfryError } from "../../errors.ts";
import type { Inboxes } from "../../inboxes/inboxes.ts";
import type { Inbox } from "../../model/inbox.ts";
import { jsonBody } from "../json-body.ts";
import { check } from "../route.ts";
import type { HttpReply, HttpRequest, HttpScope } from "../scope.ts";
import { answerEdit, editedAnswer, requestsQuery, showOpenInbox, showRequest } from "./inbox-view.ts";

export interface OpenInboxDeps {
  readonly inboxes: Inboxes;
  readonly clock: Pick<Clock, "after">;
  /** Sends the page that shows an inbox. */
  readonly page: (request: HttpRequest, reply: HttpReply) => HttpReply;
}

const largestBody = 1024 * 1024;
/** Over HTTP, of one inbox. Each holds a connection. */
const mostWaiting = 16;

/** Keeps whatever comes, of any type. */
export function createOpenInbox({ inboxes, clock, page }: OpenInboxDeps): (scope: HttpScope) => void {
  const waiting = new Map<string, number>();

  /** Returns how to leave the place that it takes. */
  const enter = (token: string): (() => void) => {
    const others = waiting.get(token) ?? 0;
    if (others >= mostWaiting) {
      throw new BelfryError("TOO_MANY_REQUESTS", `${others} requests to this inbox wait for their answer already.`);
    }
    waiting.set(token, others + 1);
    return () => {
      const left = waiting.get(token)! - 1;
      if (left === 0) waiting.delete(token);
      else waiting.set(token, left);
    };
  };

  /** Ends early where whoever asked hangs up. */
  const pass = async (ms: number, reply: HttpReply): Promise<void> => {
    // It closed already, and will not tell again.
    if (reply.raw.destroyed) return;
    await new Promise<void>((resolve) => {
      const cancel = clock.after(ms, resolve);
      reply.raw.once("close", () => {
        cancel();
        resolve();
      });
    });
  };

  return (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
    scope.all("/inbox/:token", { bodyLimit: largestBody }, async (request, reply) => {
      if (isBrowser(request)) return page(request, reply);
      const token = tokenOf(request);
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const arrival = { sender: null, method: request.method, headers: pairs(request.raw.rawHeaders), body };
      const isSlow = (inboxes.byToken(token)?.answer.delayMs ?? 0) > 0;
      // Before it is kept: what is refused was not answered, and uses up none of the failures.
      const leave = isSlow ? enter(token) : null;
      try {
        const answer = await inboxes.receive(token, arrival);
        if (answer === null) throw noInbox();
        if (leave !== null) await pass(answer.delayMs, reply);
        return await reply.code(answer.status).header("cache-control", "no-store").send();
      } finally {
        leave?.();
      }
    });
  };
}

/** What the page asks. */
export function createOpenInboxApi({ inboxes }: Pick<OpenInboxDeps, "inboxes">): (scope: HttpScope) => void {
  const one = (request: HttpRequest): Inbox => {
    const inbox = inboxes.byToken(tokenOf(request));
    if (inbox === null) throw noInbox();
    return inbox;
  };
  const show = (inbox: Inbox) => showOpenInbox(inbox, inboxes.urlOf(inbox.token));
  return (scope) => {
    jsonBody(scope);
    scope.get("/inbox/:token/requests", async (request, reply) => {
      const inbox = one(request);
      const { after } = check(requestsQuery, request.query, "BAD_REQUEST");
      reply.header("cache-control", "no-store");
      return { inbox: show(inbox), data: inboxes.requests(inbox.id, after).map(showRequest) };
    });
    scope.patch("/inbox/:token/answer", { bodyLimit: 16 * 1024 }, async (request, reply) => {
      const inbox = one(request);
      const edit = check(answerEdit, request.body, "INVALID");
      const changed = inboxes.setAnswer(inbox.id, editedAnswer(inbox.answer, edit));
      if (changed === null) throw noInbox();
      reply.header("cache-control", "no-store");
      return show(changed);
    });
  };
}

const noInbox = (): BelfryError => new BelfryError("NOT_FOUND", "There is no such inbox, or it has ended.");

const tokenOf = ({ params }: HttpRequest): string => (params as { readonly token: string }).token;

/** Somebody opened the address. */
const isBrowser = ({ method, headers }: HttpRequest): boolean =>
  (method === "GET" || method === "HEAD") && /\btext\/html\b/.test(headers.accept ?? "");

/** As they came, in their order. */
const pairs = (raw: readonly string[]): (readonly [string, string])[] =>
  raw.flatMap((name, index) => (index % 2 === 0 ? [[name, raw[index + 1]!] as const] : []));
