// A new building model: from a file or as text, checked by the server before anything is stored. Faults stand beside their lines,
// and what would change is shown before it is put.

import { useState } from "preact/hooks";
import { ApiFailure, getTagged, putText } from "../api/client.ts";
import { organization, organizations, readOrganizations, session } from "../api/session.ts";
import type { Model } from "../api/types.ts";
import { readModelAgain } from "../building/model.ts";
import { Page } from "../parts/page.tsx";
import { Link } from "../route/link.tsx";
import { address, go } from "../route/place.ts";
import { bytes } from "../words/bytes.ts";
import { DifferenceShown } from "./difference-shown.tsx";
import { type Fault, FaultsShown } from "./faults-shown.tsx";
import { lineOfSyntaxError } from "./lines.ts";
import { type Difference, differenceOf } from "./records.ts";
import { Problem } from "../parts/problem.tsx";

interface Given {
  readonly text: string;
  /** null: it was typed. */
  readonly file: string | null;
}

type Checked =
  | { readonly state: "faults"; readonly faults: readonly Fault[]; readonly said: string }
  | {
      readonly state: "fits";
      readonly organization: string;
      readonly difference: Difference;
      readonly removed: readonly string[];
      /** Of the model that was compared with. */
      readonly etag: string | null;
    }
  | { readonly state: "failed"; readonly said: string };

/** More is not shown in a field of text. */
const mostShown = 300_000;
const largest = 32 * 1024 * 1024;
type Answer = Model & { readonly removed_subscriptions?: readonly string[] };

export function PutModelPage() {
  const [given, setGiven] = useState<Given>({ text: "", file: null });
  const [checked, setChecked] = useState<Checked | null>(null);
  const [isBusy, setBusy] = useState(false);
  const set = (next: Given): void => {
    setGiven(next);
    setChecked(null);
  };
  const act = async (what: () => Promise<Checked | null>): Promise<void> => {
    setBusy(true);
    setChecked(await what());
    setBusy(false);
  };
  return (
    <Page title="Upload a model" above={<Link to={address("/model")}>Model</Link>}>
      <section class="card" aria-labelledby="given">
        <h2 id="given">The model</h2>
        <p class="muted">
          A JSON document of one organization, whole: what it does not name is removed. Nothing is stored before you
          have seen what changes.
        </p>
        <Give given={given} set={set} faults={checked?.state === "faults" ? checked.faults : []} />
        <div class="acts">
          <button
            type="button"
            class={checked?.state === "fits" ? "button" : "button primary"}
            disabled={isBusy || given.text.trim() === ""}
            onClick={() => act(() => check(given.text))}
          >
            {isBusy ? "Checking" : "Check it"}
          </button>
        </div>
      </section>
      {checked?.state === "failed" && (
        <section class="card" role="alert">
          <p class="problem">{checked.said}</p>
        </section>
      )}
      {checked?.state === "faults" && <FaultsShown text={given.text} faults={checked.faults} said={checked.said} />}
      {checked?.state === "fits" && (
        <DifferenceShown
          difference={checked.difference}
          removed={checked.removed}
          isBusy={isBusy}
          put={() => act(() => put(given.text, checked.etag, checked.organization))}
        />
      )}
    </Page>
  );
}

function Give({
  given,
  set,
  faults,
}: {
  readonly given: Given;
  readonly set: (given: Given) => void;
  readonly faults: readonly Fault[];
}) {
  const [problem, setProblem] = useState<string | null>(null);
  const read = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return;
    if (file.size > largest) return setProblem(`${file.name} has ${bytes(file.size)}: a model has 32 MB at most.`);
    setProblem(null);
    set({ text: await file.text(), file: file.name });
  };
  const isLong = given.text.length > mostShown;
  return (
    <div
      class="give"
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        void read(event.dataTransfer?.files[0]);
      }}
    >
      <label class="field">
        <span>From a file</span>
        <input
          type="file"
          accept=".json,application/json"
          onChange={(event) => void read(event.currentTarget.files?.[0])}
        />
      </label>
      <Problem text={problem} />
      {isLong ? (
        <p>
          <b>{given.file ?? "What was pasted"}</b>, {bytes(given.text.length)}: too long to be shown here.{" "}
          <button type="button" class="button" onClick={() => set({ text: "", file: null })}>
            Take it away
          </button>
        </p>
      ) : (
        <label class="field">
          <span>Or as text</span>
          <textarea
            class="model-text"
            rows={14}
            value={given.text}
            placeholder='{"organization": {"id": "org_example", "name": "Example"}, "sites": []}'
            aria-invalid={faults.length > 0}
            onInput={(event) => set({ text: event.currentTarget.value, file: given.file })}
            spellcheck={false}
            autoComplete="off"
          />
        </label>
      )}
    </div>
  );
}

function parsed(text: string): { readonly value: unknown } | Checked {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    const { message } = error as Error;
    return {
      state: "faults",
      said: "This is not JSON.",
      faults: [{ path: "", message, line: lineOfSyntaxError(text, message) }],
    };
  }
}

const idOf = (value: unknown): string | null => {
  const id = (value as { organization?: { id?: unknown } } | null)?.organization?.id;
  return typeof id === "string" || typeof id === "number" ? String(id) : null;
};

/** What the server says of it, without storing anything. */
async function check(text: string): Promise<Checked> {
  const read = parsed(text);
  if ("state" in read) return read;
  const id = idOf(read.value);
  try {
    const before = id !== null && isKnown(id) ? await getTagged("/v1/building-model", actingFor(id)) : null;
    const after = await putText<Answer>("/v1/building-model?dry_run=true", text, before?.etag ?? null, actingFor(id));
    const stored: unknown = before === null ? { organization: after.organization, sites: [] } : JSON.parse(before.text);
    return {
      state: "fits",
      organization: after.organization.id,
      difference: differenceOf(stored, after),
      removed: after.removed_subscriptions ?? [],
      etag: before?.etag ?? null,
    };
  } catch (error) {
    return failed(error);
  }
}

/** Whether there is a model of this organization that the session may read. */
const isKnown = (id: string): boolean =>
  session.value?.organization === id || organizations.value.some((each) => each.id === id);

/** The model says which organization it is of, whichever the pages are about. Others than operators act for their own. */
const actingFor = (id: string | null): string | null => (session.value?.organization === null ? id : null);

/** null: it is put, and shown where it belongs. */
async function put(text: string, etag: string | null, id: string): Promise<Checked | null> {
  try {
    await putText("/v1/building-model", text, etag, actingFor(id));
  } catch (error) {
    return failed(error);
  }
  // It is stored: whatever fails from here on does not undo that.
  if (session.value?.organization === null) await readOrganizations().catch(() => {});
  const isHere = id === organization.value;
  if (isHere) await readModelAgain();
  go(address("/model", isHere ? {} : { organization: id }));
  return null;
}

function failed(error: unknown): Checked {
  if (!(error instanceof ApiFailure)) return { state: "failed", said: String(error) };
  if (error.code === "REVISION_CHANGED") {
    return {
      state: "failed",
      said: "Somebody has changed the organization since this was checked, so nothing was stored. Check it again: then you see what changes now.",
    };
  }
  if (error.status === 404) {
    return {
      state: "failed",
      said: "The model is of another organization, which this key may not change. Sign in with a key of that organization.",
    };
  }
  if (error.problems.length === 0) return { state: "failed", said: error.message };
  return { state: "faults", said: "Nothing was stored.", faults: error.problems };
}
