// The mark of a status: a shape that can be told apart without its colour. The word stands beside it, always.

import type { DeliveryState } from "../api/types.ts";
import type { Shape } from "../words/shape.ts";

const tones: Readonly<Record<Shape, string>> = {
  delivering: "ok",
  idle: "quiet",
  backing: "warn",
  paused: "held",
  disabled: "held",
  failed: "bad",
  unknown: "quiet",
  waiting: "accent",
  cancelled: "quiet",
  silent: "bad",
};

const shapes: Readonly<Record<Shape, preact.JSX.Element>> = {
  delivering: <circle cx="6" cy="6" r="5" fill="currentColor" />,
  idle: <circle cx="6" cy="6" r="4.2" fill="none" stroke="currentColor" stroke-width="1.6" />,
  backing: (
    <>
      <circle cx="6" cy="6" r="4.2" fill="none" stroke="currentColor" stroke-width="1.6" />
      <path d="M6 1.8a4.2 4.2 0 0 1 0 8.4z" fill="currentColor" />
    </>
  ),
  paused: <path d="M2.5 1.5h2.6v9H2.5zM6.9 1.5h2.6v9H6.9z" fill="currentColor" />,
  disabled: <rect x="1.5" y="1.5" width="9" height="9" rx="1" fill="currentColor" />,
  failed: <path d="m2 2 8 8m0-8-8 8" stroke="currentColor" stroke-width="2.2" stroke-linecap="round" />,
  unknown: (
    <path
      d="M3.6 4.2a2.4 2.4 0 1 1 3.7 2c-.9.6-1.3 1-1.3 2M6 10.2v.3"
      fill="none"
      stroke="currentColor"
      stroke-width="1.7"
      stroke-linecap="round"
    />
  ),
  waiting: (
    <>
      <circle cx="6" cy="6" r="4.2" fill="none" stroke="currentColor" stroke-width="1.6" />
      <path d="M6 3.6V6l1.6 1.2" fill="none" stroke="currentColor" stroke-width="1.4" stroke-linecap="round" />
    </>
  ),
  cancelled: (
    <>
      <circle cx="6" cy="6" r="4.2" fill="none" stroke="currentColor" stroke-width="1.6" />
      <path d="m3.2 8.8 5.6-5.6" stroke="currentColor" stroke-width="1.6" />
    </>
  ),
  silent: <path d="m6 1.2 5.2 9.4H.8z" fill="currentColor" />,
};

export function Mark({ shape, word }: { readonly shape: Shape; readonly word: string }) {
  return (
    <span class={`mark tone-${tones[shape]}`}>
      <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
        {shapes[shape]}
      </svg>
      <span>{word}</span>
    </span>
  );
}

const states: Readonly<Record<DeliveryState, Shape>> = {
  pending: "waiting",
  held: "paused",
  delivered: "delivering",
  exhausted: "failed",
  cancelled: "cancelled",
  expired: "cancelled",
  superseded: "cancelled",
};

/** `isRetrying`: it has failed at least once and is still owed. */
export function DeliveryMark({
  state,
  isRetrying = false,
}: {
  readonly state: DeliveryState;
  readonly isRetrying?: boolean;
}) {
  return <Mark shape={state === "pending" && isRetrying ? "backing" : states[state]} word={state} />;
}
