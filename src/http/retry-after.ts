// Every answer that puts the asker off says for how long, whatever API gives it: clients that are told nothing come at once.

import type { HttpScope } from "./scope.ts";

/** Seconds, unless whoever refuses knows better: one wrong guess is forgotten by then, and a drain is nearly over. */
const patience = 6;

export function sayWhenToRetry(scope: HttpScope): void {
  scope.addHook("onSend", (_request, reply, payload, done) => {
    const { statusCode } = reply;
    if ((statusCode === 429 || statusCode === 503) && !reply.hasHeader("retry-after")) {
      reply.header("retry-after", patience);
    }
    done(null, payload);
  });
}
