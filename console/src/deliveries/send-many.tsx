// What a filter shows is sent again, by a replay: how many and how long it takes stands there before anything is sent.

import { useEffect, useState } from "preact/hooks";
import { ApiFailure, send } from "../api/client.ts";
import type { DryRun, Subscription } from "../api/types.ts";
import { zone } from "../building/model.ts";
import { now } from "../live/now.ts";
import { Confirm } from "../parts/confirm.tsx";
import { address, go } from "../route/place.ts";
import { nameOf } from "../parts/subject.tsx";
import { titleOf } from "../subscriptions/name.ts";
import { hostOf } from "../../../src/words/host.ts";
import { plural } from "../../../src/words/plural.ts";
import { dateTime, span } from "../../../src/words/time.ts";
import { replayOf, type Wanted, whyNotMany } from "./replay-of.ts";
import { sinceOf } from "./since.ts";

interface SendManyProps {
  readonly wanted: Wanted;
  readonly subscription: Subscription | undefined;
}

export function SendMany({ wanted, subscription }: SendManyProps) {
  // As it was when somebody asked: what is counted is what is sent.
  const [asked, setAsked] = useState<Readonly<Record<string, unknown>> | null>(null);
  const why = whyNotMany(wanted, subscription);
  return (
    <>
      <button
        type="button"
        class="button"
        disabled={why !== null}
        title={why ?? undefined}
        onClick={() => setAsked(replayOf(wanted, sinceOf(wanted["since"]), now.peek()))}
      >
        Send these again…
      </button>
      {why !== null && <span class="muted">{why}</span>}
      {asked !== null && subscription !== undefined && (
        <Ask replay={asked} wanted={wanted} subscription={subscription} close={() => setAsked(null)} />
      )}
    </>
  );
}

interface AskProps {
  readonly replay: Readonly<Record<string, unknown>>;
  readonly wanted: Wanted;
  readonly subscription: Subscription;
  readonly close: () => void;
}

function Ask({ replay, wanted, subscription, close }: AskProps) {
  const [run, setRun] = useState<DryRun | ApiFailure | null>(null);
  useEffect(() => {
    send<DryRun>("POST", "/v1/replays", { ...replay, dry_run: true }).then(setRun, setRun);
  }, [replay]);
  const total = run === null || run instanceof ApiFailure ? 0 : run.total;
  const isWhole = run === null || run instanceof ApiFailure || run.complete;
  const count = `${isWhole ? "" : "at least "}${total.toLocaleString("en-US")}`;
  return (
    <Confirm
      title="Send these events again"
      act={total === 0 ? "Send again" : `Send ${count} again`}
      isPossible={total > 0}
      run={async () => {
        const { id } = await send<{ id: string }>("POST", "/v1/replays", replay);
        go(address(`/replays/${id}`));
      }}
      close={close}
    >
      {run === null ? (
        <p role="status">Counting what would be sent.</p>
      ) : run instanceof ApiFailure ? (
        <p class="problem" role="alert">
          {run.message}
        </p>
      ) : (
        <Counted run={run} wanted={wanted} subscription={subscription} />
      )}
    </Confirm>
  );
}

function Counted({ run, wanted, subscription }: Omit<AskProps, "replay" | "close"> & { readonly run: DryRun }) {
  const what = [wanted["type"], wanted["subject"] && nameOf(wanted["subject"]), wanted["state"]]
    .filter(Boolean)
    .join(", ");
  return (
    <>
      <p>
        <b>{run.complete ? plural(run.total, "event") : `At least ${plural(run.total, "event")}`}</b>
        {what !== "" && ` (${what})`} would go to <b>{titleOf(subscription)}</b> at {hostOf(subscription.endpoint.url)}.
      </p>
      {run.total > 0 && (
        <p>
          At {run.per_second} a second that takes {span(run.takes_s * 1_000)}, after everything else that it is owed.
          The receiver gets the same <code>webhook-id</code>, so one that checks it ignores what it has.
        </p>
      )}
      {run.kept_from !== null && (
        <p class="muted">Events are kept since {dateTime(Date.parse(run.kept_from), zone.value)}.</p>
      )}
      {subscription.state !== "active" && (
        <p class="tone-warn">The subscription is {subscription.state}: they wait until it goes on.</p>
      )}
    </>
  );
}
