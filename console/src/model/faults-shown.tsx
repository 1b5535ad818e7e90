// The faults of a model, each beside the lines on which it is.

import { useMemo } from "preact/hooks";
import { plural } from "../../../src/words/plural.ts";
import { linesOf } from "./lines.ts";

export interface Fault {
  /** `sites[0].name`; empty: the whole. */
  readonly path: string;
  readonly message: string;
  /** Where that is known already; null: it cannot be said. */
  readonly line?: number | null;
}

interface Placed extends Fault {
  readonly at: number | null;
}

/** Of the text around a fault, above and below. */
const around = 1;
const mostShown = 200;
const longestLine = 160;

export function FaultsShown({
  text,
  faults,
  said,
}: {
  readonly text: string;
  readonly faults: readonly Fault[];
  readonly said: string;
}) {
  const lines = useMemo(() => text.split("\n"), [text]);
  const placed = useMemo(() => place(text, faults), [text, faults]);
  return (
    <section class="card" aria-labelledby="faults">
      <h2 id="faults">{plural(faults.length, "fault")}</h2>
      <p class="problem" role="alert">
        {said}
      </p>
      <ol class="model-faults">
        {placed.slice(0, mostShown).map((fault) => (
          <li key={`${fault.path} ${fault.message}`}>
            {fault.at !== null && <Excerpt lines={lines} at={fault.at} />}
            <p>
              {fault.at !== null && <b>Line {fault.at}: </b>}
              {fault.message}
            </p>
            {fault.path !== "" && (
              <p class="muted">
                <code>{fault.path}</code>
              </p>
            )}
          </li>
        ))}
      </ol>
      {placed.length > mostShown && <p class="muted">{placed.length - mostShown} more.</p>}
    </section>
  );
}

function place(text: string, faults: readonly Fault[]): readonly Placed[] {
  const unknown = faults.filter(({ line }) => line === undefined).map(({ path }) => path);
  const lines = unknown.length === 0 ? new Map<string, number>() : linesOf(text, unknown);
  return faults
    .map((fault) => ({ ...fault, at: fault.line === undefined ? (lines.get(fault.path) ?? null) : fault.line }))
    .toSorted((a, b) => (a.at ?? 0) - (b.at ?? 0));
}

function Excerpt({ lines, at }: { readonly lines: readonly string[]; readonly at: number }) {
  const from = Math.max(1, at - around);
  const shown = lines.slice(from - 1, at + around);
  // How deep it stands in the document says nothing here, and takes the width of a phone.
  const indent = Math.min(...shown.filter((line) => line.trim() !== "").map((line) => line.search(/\S/)));
  return (
    <pre class="excerpt">
      {shown
        .map((whole) => whole.slice(indent))
        .map((line, index) => (
          <span key={from + index} class={from + index === at ? "excerpt-line wrong" : "excerpt-line"}>
            <span class="line-number">{from + index}</span>
            {line.length > longestLine ? `${line.slice(0, longestLine)}…` : line}
            {"\n"}
          </span>
        ))}
    </pre>
  );
}
