// The faces of a page that has nothing to show: loading, empty, failed. A failure says what failed and how to go on.

import type { ComponentChildren } from "preact";
import type { ApiFailure } from "../api/client.ts";

/** Seen only after a moment, since most answers come sooner. */
export function Loading({ rows }: { readonly rows: number }) {
  return (
    <div class="loading" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, row) => (
        <div class="bone" key={row} />
      ))}
    </div>
  );
}

export function Empty({ title, children }: { readonly title: string; readonly children?: ComponentChildren }) {
  return (
    <div class="face">
      <p class="face-title">{title}</p>
      {children}
    </div>
  );
}

function Failed({ failure, again }: { readonly failure: ApiFailure; readonly again: () => void }) {
  return (
    <div class="face" role="alert">
      <p class="face-title">{failure.status === 404 ? "Not found" : "This could not be read"}</p>
      <p>{failure.message}</p>
      <button type="button" class="button" onClick={again}>
        Try again
      </button>
    </div>
  );
}

/** `failure`: why it could not be read; null: it is being read. */
export function NotRead({
  failure,
  again,
  rows = 6,
}: {
  readonly failure: ApiFailure | null;
  readonly again: () => void;
  readonly rows?: number;
}) {
  return failure === null ? <Loading rows={rows} /> : <Failed failure={failure} again={again} />;
}

/** What was read before stands below: this says that it is no longer fresh. */
export function Stale({ failure }: { readonly failure: ApiFailure | null }) {
  if (failure === null || failure.status === 0) return null;
  return (
    <p class="stale-note" role="status">
      This is no longer fresh: {failure.message}
    </p>
  );
}
