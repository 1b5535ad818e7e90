// The form in which a subscription is made or changed: one for both dialects, which says of each only what it has. Faults that the API
// finds stand beside their fields.

import { useEffect, useRef, useState } from "preact/hooks";
import { ApiFailure, failureText, type Problem } from "../../api/client.ts";
import { manages, session } from "../../api/session.ts";
import type { Dialect, Subscription } from "../../api/types.ts";
import { names } from "../../building/model.ts";
import { recordsOf } from "../../building/name.ts";
import { FaultOf, Faults, TextField } from "../../parts/fault.tsx";
import { nameOf } from "../../parts/subject.tsx";
import { dialects, scopeOf } from "../name.ts";
import { CallFields } from "./call-fields.tsx";
import type { Draft } from "./draft.ts";
import { fieldOf, type Part } from "./field.ts";
import { FilterFields } from "./filter-fields.tsx";
import { PaceFields } from "./pace-fields.tsx";
import { TypesFields } from "./types-fields.tsx";

interface FormProps {
  readonly start: Draft;
  /** null: a new one is made. */
  readonly before: Subscription | null;
  readonly others: readonly Subscription[];
  /** `Make the subscription` */
  readonly act: string;
  readonly run: (draft: Draft) => Promise<void>;
  readonly cancel: () => void;
}

export function SubscriptionForm({ start, before, others, act, run, cancel }: FormProps) {
  const [draft, setDraft] = useState(start);
  const [faults, setFaults] = useState<readonly Problem[]>([]);
  const [failure, setFailure] = useState<string | null>(null);
  const [isRunning, setRunning] = useState(false);
  const [isMore, setMore] = useState(before !== null);
  const form = useRef<HTMLFormElement>(null);
  const set = (change: Partial<Draft>): void => setDraft((one) => ({ ...one, ...change }));
  useEffect(() => {
    if (failure !== null) form.current?.querySelector(".faults, .form-failure")?.scrollIntoView({ block: "center" });
  }, [failure, faults]);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setRunning(true);
    setFaults([]);
    setFailure(null);
    try {
      await run(draft);
    } catch (error) {
      const found = error instanceof ApiFailure ? error.problems : [];
      setFaults(found);
      if (found.some(({ path }) => !isUpFront(path))) setMore(true);
      setFailure(failureText(error));
    }
    setRunning(false);
  };
  return (
    <Faults.Provider value={faults}>
      <form class="form" ref={form} onSubmit={submit} noValidate>
        {before === null ? (
          <Kind draft={draft} set={set} />
        ) : (
          <p class="muted">
            {dialects[before.dialect]}, {scopeOf(before)}
          </p>
        )}
        <Where draft={draft} set={set} before={before} />
        <TypesFields draft={draft} set={set} others={others} />
        {draft.dialect === "butlr" && <FilterFields draft={draft} set={set} />}
        <details class="more" open={isMore} onToggle={(event) => setMore(event.currentTarget.open)}>
          <summary>Headers, certificates, pace and retries</summary>
          <CallFields draft={draft} set={set} before={before} />
          <PaceFields draft={draft} set={set} before={before} />
        </details>
        {failure !== null && (
          <p class="problem form-failure" role="alert">
            {faults.length === 0
              ? failure
              : faults.length === 1
                ? "One thing is wrong: see beside its field."
                : `${faults.length} things are wrong: see beside their fields.`}
          </p>
        )}
        <div class="form-acts">
          <button type="submit" class="button primary" disabled={isRunning}>
            {act}
          </button>
          <button type="button" class="button" onClick={cancel}>
            Cancel
          </button>
        </div>
      </form>
    </Faults.Provider>
  );
}

/** Fields that are never folded away. */
const isUpFront = (path: string): boolean =>
  /^(name|url|types|filters|send_on_value_change|scope|dialect)\b/.test(path);

const kinds: readonly (readonly [Dialect, string, string])[] = [
  ["butlr", "Butlr webhook", "Counts, traffic, motion and health of the organization, narrowed by filters."],
  ["butterflymx", "ButterflyMX integration", "Entries and calls of one building, or of what concerns one tenant."],
];

function Kind({ draft, set }: Part) {
  const offered = manages.value ? kinds : kinds.slice(1);
  const choose = (dialect: Dialect): void =>
    set({ dialect, types: {}, scope: dialect === "butlr" ? "organization" : (scopes()[0]?.[0] ?? "") });
  return (
    <fieldset class="form-part">
      <legend>Kind</legend>
      <div class="kinds">
        {offered.map(([dialect, title, says]) => (
          <label key={dialect} class={draft.dialect === dialect ? "kind chosen" : "kind"}>
            <input type="radio" name="dialect" checked={draft.dialect === dialect} onChange={() => choose(dialect)} />
            <span>
              <b>{title}</b>
              <span class="hint">{says}</span>
            </span>
          </label>
        ))}
      </div>
      {draft.dialect === "butterflymx" && <For draft={draft} set={set} />}
      <FaultOf name="scope" />
      <FaultOf name="dialect" />
    </fieldset>
  );
}

/** For whom the session may make integrations, as far as it knows: all of the model, or what its key is for. */
export function scopes(): readonly (readonly [scope: string, name: string])[] {
  const { role = "", targets = [] } = session.value ?? {};
  if (role === "tenant" || role === "building") return targets.map((id) => [`${role}:${id}`, `${role} ${nameOf(id)}`]);
  return recordsOf(names.value, "building", "tenant").map(([id, { kind, name }]) => [
    `${kind}:${id}`,
    `${kind} ${name}`,
  ]);
}

function For({ draft, set }: Part) {
  const offered = scopes();
  if (offered.length === 0) return <p class="problem">There is no building yet: put a building model first.</p>;
  return (
    <label class="field">
      <span>For the</span>
      <select value={draft.scope} onChange={(event) => set({ scope: event.currentTarget.value, types: {} })}>
        {offered.map(([scope, name]) => (
          <option key={scope} value={scope}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

function Where({ draft, set, before }: Part & { readonly before: Subscription | null }) {
  const field = fieldOf({ draft, set });
  const moves = before !== null && originOf(draft.url) !== originOf(before.endpoint.url);
  return (
    <fieldset class="form-part">
      <legend>Name and address</legend>
      <TextField name="name" label={draft.dialect === "butlr" ? "Name" : "Name (optional)"} {...field("name")} />
      <TextField name="url" label="URL" type="url" {...field("url")} hint="Deliveries are sent there by POST." />
      {moves && (
        <p class="tone-warn">
          Another host gets a new signing secret. Headers, keys and certificates do not go there, unless you give them
          anew.
        </p>
      )}
    </fieldset>
  );
}

function originOf(url: string): string {
  try {
    return new URL(url.trim()).origin;
  } catch {
    return "";
  }
}
