// The attempts of a delivery on one line of time, with the waits between them, and what the receiver answered to each.

import type { Attempt, Delivery, DeliveryRequest } from "../api/types.ts";
import { now } from "../live/now.ts";
import { Json } from "../parts/json.tsx";
import { Moment } from "../parts/moment.tsx";
import { RequestHead } from "./request.tsx";
import { WaitScale } from "./wait-scale.tsx";
import { bytes } from "../words/bytes.ts";
import { outcomeSentence } from "../../../src/words/outcome.ts";
import { span, took } from "../../../src/words/time.ts";

export function Attempts({ delivery }: { readonly delivery: Delivery }) {
  const attempts = delivery.attempts ?? [];
  if (attempts.length === 0) return <p class="muted">The receiver was not called yet.</p>;
  return (
    <>
      <WaitScale delivery={delivery} />
      <AttemptList delivery={delivery} attempts={attempts} />
    </>
  );
}

function AttemptList({ delivery, attempts }: { readonly delivery: Delivery; readonly attempts: readonly Attempt[] }) {
  return (
    <ol class="attempts">
      {attempts.map((attempt, index) => (
        <One
          key={attempt.attempt}
          attempt={attempt}
          before={attempts[index - 1] ?? null}
          createdAt={delivery.created_at}
          request={delivery.request ?? null}
          isOpen={index === attempts.length - 1}
        />
      ))}
      {delivery.state === "pending" && delivery.due !== null && (
        <li class="attempt next">
          <p class="attempt-wait">
            {Date.parse(delivery.due) > now.value ? "next try" : "due"} <Moment at={delivery.due} />
          </p>
        </li>
      )}
    </ol>
  );
}

interface OneProps {
  readonly attempt: Attempt;
  readonly before: Attempt | null;
  readonly createdAt: string;
  readonly request: DeliveryRequest | null;
  readonly isOpen: boolean;
}

function One({ attempt, before, createdAt, request, isOpen }: OneProps) {
  const begun = Date.parse(attempt.started_at);
  const waited =
    before === null ? begun - Date.parse(createdAt) : begun - Date.parse(before.started_at) - before.duration_ms;
  const isGood = attempt.code === "delivered";
  return (
    <li class={`attempt ${isGood ? "good" : "bad"}`}>
      <p class="attempt-wait">
        {before === null ? `${span(waited)} after the event was accepted` : `${span(waited)} later`}
      </p>
      <details open={isOpen || !isGood}>
        <summary>
          <span class="attempt-mark" aria-hidden="true" />
          <b>Attempt {attempt.attempt}</b> {outcomeSentence(attempt.code, attempt.status)}{" "}
          <span class="muted">
            <Moment at={attempt.started_at} as="clock" />, took {took(attempt.duration_ms)}
          </span>
        </summary>
        <div class="attempt-body">
          {attempt.detail !== null && <p>{attempt.detail}</p>}
          <p class="muted">
            Outcome <code>{attempt.code}</code>
            {attempt.response_bytes > 0 ? `, answer of ${bytes(attempt.response_bytes)}` : ", no body in the answer"}
            {isGood && attempt.response_bytes > 0 && ", which is kept for failures only"}
          </p>
          {request !== null && <RequestHead request={request} attempt={attempt} />}
          {attempt.response !== null && <Answer attempt={attempt} />}
        </div>
      </details>
    </li>
  );
}

function Answer({ attempt: { response, response_encoding: encoding, attempt } }: { readonly attempt: Attempt }) {
  if (encoding === "base64")
    return (
      <p class="muted">
        The answer is no text. As base64: <code class="wrap">{response}</code>
      </p>
    );
  return <Json text={response!} what={`Answer to attempt ${attempt}`} />;
}
