// What a new model changes: added, changed and removed records, and the subscriptions that go with what is removed. Then it is put.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Confirm } from "../parts/confirm.tsx";
import { plural } from "../../../src/words/plural.ts";
import type { ChangedRecord, Difference, ModelRecord } from "./records.ts";

const mostListed = 200;

interface DifferenceShownProps {
  readonly difference: Difference;
  /** Ids of subscriptions. */
  readonly removed: readonly string[];
  readonly isBusy: boolean;
  readonly put: () => Promise<void>;
}

export function DifferenceShown({ difference, removed: subscriptions, isBusy, put }: DifferenceShownProps) {
  const [isAsking, setAsking] = useState(false);
  const { added, changed, removed } = difference;
  const isNothing = added.length + changed.length + removed.length === 0;
  const isDangerous = removed.length > 0 || subscriptions.length > 0;
  return (
    <section class="card" aria-labelledby="difference">
      <h2 id="difference">What changes</h2>
      {isNothing ? (
        <p>Nothing: this is what is there already.</p>
      ) : (
        <>
          <p>
            The model has no fault. It adds {added.length.toLocaleString("en-US")}, changes{" "}
            {changed.length.toLocaleString("en-US")} and removes {plural(removed.length, "record")}.
          </p>
          {subscriptions.length > 0 && (
            <p class="problem">
              {plural(subscriptions.length, "subscription")} of removed buildings or tenants end with it:{" "}
              {subscriptions.slice(0, 10).join(", ")}
              {subscriptions.length > 10 && ` and ${subscriptions.length - 10} more`}.
            </p>
          )}
          <Records name="Removed" sign="−" tone="bad" records={removed} />
          <Records name="Added" sign="+" tone="ok" records={added} />
          <Changed changed={changed} />
          <div class="acts">
            <button
              type="button"
              class={isDangerous ? "button danger" : "button primary"}
              disabled={isBusy}
              onClick={() => (isDangerous ? setAsking(true) : void put())}
            >
              Replace the model
            </button>
          </div>
        </>
      )}
      {isAsking && (
        <Confirm title="Replace the model" act="Replace it" isDangerous run={put} close={() => setAsking(false)}>
          <p>
            {plural(removed.length, "record")} are removed
            {subscriptions.length > 0 && `, and ${plural(subscriptions.length, "subscription")} with them`}. What their
            subscriptions are owed is cancelled, and nothing brings it back.
          </p>
        </Confirm>
      )}
    </section>
  );
}

interface RecordsProps {
  readonly name: string;
  readonly sign: string;
  readonly tone: "ok" | "bad";
  readonly records: readonly ModelRecord[];
}

function Records({ name, sign, tone, records }: RecordsProps) {
  return (
    <Fold name={name} count={records.length}>
      <ul class="difference">
        {records.slice(0, mostListed).map((record) => (
          <li key={`${record.kind} ${record.id}`}>
            <span class={`tone-${tone}`}>{sign}</span> <Named record={record} />
          </li>
        ))}
      </ul>
    </Fold>
  );
}

function Changed({ changed }: { readonly changed: readonly ChangedRecord[] }) {
  return (
    <Fold name="Changed" count={changed.length}>
      <ul class="difference">
        {changed.slice(0, mostListed).map(({ record, fields }) => (
          <li key={`${record.kind} ${record.id}`}>
            <span class="tone-warn">~</span> <Named record={record} />
            <ul class="fields-changed">
              {fields.map(({ name, before, after }) => (
                <li key={name}>
                  <code>{name}</code> <del>{short(before)}</del> <ins>{short(after)}</ins>
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </Fold>
  );
}

function Fold({
  name,
  count,
  children,
}: {
  readonly name: string;
  readonly count: number;
  readonly children: ComponentChildren;
}) {
  if (count === 0) return null;
  return (
    <details class="fold" open={count <= mostListed}>
      <summary>
        {name} ({count.toLocaleString("en-US")})
      </summary>
      {children}
      {count > mostListed && <p class="muted">{count - mostListed} more.</p>}
    </details>
  );
}

function Named({ record: { kind, id, name, path } }: { readonly record: ModelRecord }) {
  return (
    <>
      {kind} <b>{name}</b> <span class="muted">{path.join(" / ")}</span>{" "}
      {name !== id && <code class="muted">{id}</code>}
    </>
  );
}

const longest = 80;

function short(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}
