// Where alerts go: URLs with their form and kinds. Made, changed, tested and removed here.

import { useState } from "preact/hooks";
import { type ActingFor, get, part, send } from "../api/client.ts";
import type { AlertTarget, Delivery } from "../api/types.ts";
import type { Live } from "../live/use-live.ts";
import { Confirm } from "../parts/confirm.tsx";
import { Empty, NotRead, Stale } from "../parts/faces.tsx";
import { Copy, Id } from "../parts/id.tsx";
import { Mark } from "../parts/mark.tsx";
import { nameOf } from "../parts/subject.tsx";
import { useRun } from "../parts/use-run.ts";
import { Link } from "../route/link.tsx";
import { address, place } from "../route/place.ts";
import { hostOf } from "../../../src/words/host.ts";
import { outcomeWords } from "../../../src/words/outcome.ts";
import { TargetForm } from "./target-form.tsx";
import { forms, kindWords } from "./words.ts";

interface TargetsProps {
  readonly targets: Live<readonly AlertTarget[]>;
  readonly actingFor: ActingFor;
  readonly isOfAll: boolean;
}

export function Targets({ targets, actingFor, isOfAll }: TargetsProps) {
  const [isAdding, setAdding] = useState(false);
  const [made, setMade] = useState<AlertTarget | null>(null);
  const all = targets.data;
  const { find } = place.value.query;
  const first = all?.find(({ id }) => id === find);
  const rows = first === undefined ? (all ?? []) : [first, ...all!.filter(({ id }) => id !== find)];
  return (
    <section class="card" aria-labelledby="targets">
      <div class="card-head">
        <h2 id="targets">Where alerts go</h2>
        <button type="button" class="button primary" onClick={() => setAdding(true)}>
          Add a URL
        </button>
      </div>
      {made?.signing_secret !== undefined && (
        <div class="once" role="status">
          <p>
            <b>Its signing secret is shown this once.</b> Receivers verify alerts with it.
          </p>
          <span class="secret">
            <code>{made.signing_secret}</code>
            <Copy text={made.signing_secret} what="secret" />
          </span>
          <button type="button" class="button" onClick={() => setMade(null)}>
            I have it
          </button>
        </div>
      )}
      <Stale failure={all === null ? null : targets.failure} />
      {all === null ? (
        <NotRead failure={targets.failure} again={targets.refresh} rows={2} />
      ) : all.length === 0 ? (
        <Empty title="Alerts go nowhere yet.">
          <p>
            Add the URL of a channel in Slack or Teams, or one of yours that takes JSON. Belfry sends it what goes
            wrong, and when it is over.
          </p>
        </Empty>
      ) : (
        <ul class="matters">
          {rows.map((target) => (
            <Target key={target.id} target={target} actingFor={actingFor} done={targets.refresh} onSecret={setMade} />
          ))}
        </ul>
      )}
      {isAdding && (
        <TargetForm
          actingFor={actingFor}
          isOfAll={isOfAll}
          done={(target) => {
            setMade(target);
            targets.refresh();
          }}
          close={() => setAdding(false)}
        />
      )}
    </section>
  );
}

interface TargetProps {
  readonly target: AlertTarget;
  readonly actingFor: ActingFor;
  readonly done: () => void;
  readonly onSecret: (target: AlertTarget) => void;
}

function Target({ target, actingFor, done, onSecret }: TargetProps) {
  const [open, setOpen] = useState<"edit" | "remove" | null>(null);
  const { id, url, form, kinds, state, disabled_reason: reason } = target;
  return (
    <li>
      <b>{hostOf(url)}</b> <span class="chip quiet">{forms[form]}</span>
      {state === "disabled" ? (
        <Mark shape="disabled" word="disabled" />
      ) : (
        target.lane?.last_failure != null && <Mark shape="failed" word="fails" />
      )}
      <p>
        <code class="url">{url}</code>
      </p>
      {reason !== null && <p class="tone-warn">{reason} Saving it again enables it.</p>}
      <p class="muted">
        {about(target)} {kinds === null ? "All kinds." : `${listed(kinds.map(kindWords))}.`}
      </p>
      <p>
        <Id id={id} />
      </p>
      <div class="acts">
        <Test target={target} actingFor={actingFor} />
        <button type="button" class="button" aria-label={`Change ${hostOf(url)}`} onClick={() => setOpen("edit")}>
          Change
        </button>
        <button
          type="button"
          class="button danger"
          aria-label={`Remove ${hostOf(url)}`}
          onClick={() => setOpen("remove")}
        >
          Remove
        </button>
      </div>
      {open === "edit" && (
        <TargetForm
          target={target}
          actingFor={actingFor}
          isOfAll={target.organization === null}
          done={(changed) => {
            onSecret(changed);
            done();
          }}
          close={() => setOpen(null)}
        />
      )}
      {open === "remove" && (
        <Confirm
          title="Send no more alerts there"
          act="Remove it"
          isDangerous
          run={async () => {
            await send("DELETE", `/v1/alerts/${part(id)}`, undefined, actingFor);
            done();
          }}
          close={() => setOpen(null)}
        >
          <p>
            Alerts that wait for <b>{hostOf(url)}</b> are cancelled, and nothing more is told there.
          </p>
        </Confirm>
      )}
    </li>
  );
}

/** Several as one sentence: the first keeps its capital. */
const listed = ([first = "", ...others]: readonly string[]): string =>
  [first, ...others.map((each) => each[0]!.toLowerCase() + each.slice(1))].join(", ");

function about({ organization, building, tenant }: AlertTarget): string {
  if (organization === null) return "Of everything, this server included.";
  if (tenant !== null) return `Of the subscriptions of ${nameOf(tenant)}.`;
  return building === null ? "Of the whole organization." : `Of the subscriptions of ${nameOf(building)}.`;
}

/** Sends a test, and waits for what comes of it. */
function Test({ target, actingFor }: Pick<TargetProps, "target" | "actingFor">) {
  const [said, setSaid] = useState<{ readonly text: string; readonly delivery: string } | null>(null);
  const { isRunning, failure, run } = useRun();
  const test = async (): Promise<void> => {
    setSaid(null);
    const path = `/v1/alerts/${part(target.id)}/test`;
    const { delivery } = await send<{ delivery: string }>("POST", path, undefined, actingFor);
    setSaid({ text: await outcomeOf(delivery, actingFor), delivery });
  };
  return (
    <>
      <button
        type="button"
        class="button"
        aria-label={`Test ${hostOf(target.url)}`}
        disabled={isRunning}
        onClick={() => run(test)}
      >
        {isRunning ? "Testing" : "Test"}
      </button>
      {said !== null && (
        <span role="status">
          {said.text} <Link to={address(`/deliveries/${said.delivery}`)}>See the delivery</Link>
        </span>
      )}
      {failure !== null && <span role="status">{failure}</span>}
    </>
  );
}

const looks = 20;
const lookMs = 500;

async function outcomeOf(delivery: string, actingFor: ActingFor): Promise<string> {
  for (let look = 0; look < looks; look++) {
    const found = await get<Delivery>(`/v1/deliveries/${part(delivery)}`, {}, undefined, actingFor);
    const last = found.last_attempt;
    if (last !== null) return `The receiver ${outcomeWords(last.code, last.status)}.`;
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
  return "There is no answer yet.";
}
