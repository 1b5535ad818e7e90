// JSON with folding and copy. Text from outside is only ever a text node.

import { useMemo, useState } from "preact/hooks";
import { plural } from "../../../src/words/plural.ts";
import { Copy } from "./id.tsx";

/** Deeper ones, and long ones, are folded at first. */
const openDepth = 3;
const openLength = 24;

export function Json({ text, what = "JSON" }: { readonly text: string; readonly what?: string }) {
  const parsed = useMemo(() => parse(text), [text]);
  const [isRaw, setRaw] = useState(false);
  return (
    <div class="json">
      <div class="json-bar">
        {parsed !== null && (
          <button type="button" class="button quiet" aria-pressed={isRaw} onClick={() => setRaw(!isRaw)}>
            Raw
          </button>
        )}
        <Copy text={text} what={what} label="Copy" />
      </div>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls */}
      <div class="json-text" tabIndex={0} role="region" aria-label={what}>
        {parsed === null || isRaw ? <pre>{text}</pre> : <Value value={parsed.value} depth={0} tail="" />}
      </div>
    </div>
  );
}

function parse(text: string): { readonly value: unknown } | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { value } : null;
  } catch {
    return null;
  }
}

interface ValueProps {
  readonly name?: string;
  readonly value: unknown;
  readonly depth: number;
  readonly tail: string;
}

function Value({ name, value, depth, tail }: ValueProps) {
  const key = name === undefined ? null : <span class="json-key">"{name}": </span>;
  if (typeof value !== "object" || value === null) {
    return (
      <div class="json-line">
        {key}
        <span class={`json-${value === null ? "null" : typeof value}`}>{JSON.stringify(value)}</span>
        {tail}
      </div>
    );
  }
  return <Folded name={key} value={value} depth={depth} tail={tail} />;
}

function Folded({
  name,
  value,
  depth,
  tail,
}: {
  readonly name: preact.JSX.Element | null;
  readonly value: object;
  readonly depth: number;
  readonly tail: string;
}) {
  const isList = Array.isArray(value);
  const entries = Object.entries(value);
  const [begin, end] = isList ? ["[", "]"] : ["{", "}"];
  const isPlain = isList && entries.length <= 4 && entries.every(([, each]) => typeof each === "number");
  if (entries.length === 0 || isPlain) {
    return (
      <div class="json-line">
        {name}
        <span class="json-number">{JSON.stringify(value).replaceAll(",", ", ")}</span>
        {tail}
      </div>
    );
  }
  return (
    <details class="json-fold" open={depth < openDepth && entries.length <= openLength}>
      <summary>
        {name}
        {begin}
        <span class="json-more">
          {plural(entries.length, isList ? "item" : "field")} {end}
          {tail}
        </span>
      </summary>
      <div class="json-inner">
        {entries.map(([key, each], index) => (
          <Value
            key={key}
            {...(isList ? {} : { name: key })}
            value={each}
            depth={depth + 1}
            tail={index === entries.length - 1 ? "" : ","}
          />
        ))}
      </div>
      <div class="json-line">
        {end}
        {tail}
      </div>
    </details>
  );
}
