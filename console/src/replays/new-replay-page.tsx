// A new replay: to whom, what was accepted when, a dry run that counts it, and then the start. Everything chosen stands in the
// address, so that a link asks the same again.

import { useState } from "preact/hooks";
import { ApiFailure, failureText, send } from "../api/client.ts";
import type { DryRun, Ending, Replay, Subscription } from "../api/types.ts";
import { now } from "../live/now.ts";
import { useLive } from "../live/use-live.ts";
import { Empty, NotRead } from "../parts/faces.tsx";
import { Page } from "../parts/page.tsx";
import { Problem } from "../parts/problem.tsx";
import { useRun } from "../parts/use-run.ts";
import { Link } from "../route/link.tsx";
import { address, go, narrow, place } from "../route/place.ts";
import { useSubscriptions } from "../subscriptions/all-subscriptions.ts";
import { dialects, titleOf } from "../subscriptions/name.ts";
import { plural } from "../../../src/words/plural.ts";
import { ChooseKinds } from "./choose-kinds.tsx";
import { ChooseTime, windowOf } from "./choose-time.tsx";
import { bodyOf, type Criteria } from "./criteria.ts";
import { DryRunShown } from "./dry-run-shown.tsx";

const hour = 3_600_000;
const dryRun = (criteria: Criteria): Promise<DryRun> => send<DryRun>("POST", "/v1/replays", bodyOf(criteria, true));

export function NewReplayPage() {
  const subscriptions = useSubscriptions(60_000);
  const above = <Link to={address("/replays")}>Replays</Link>;
  const all = subscriptions.data;
  const { subscription: id } = place.value.query;
  const chosen = all?.find((each) => each.id === id);
  return (
    <Page title="New replay" above={above}>
      {all === null ? (
        <NotRead failure={subscriptions.failure} again={subscriptions.refresh} />
      ) : all.length === 0 ? (
        <Empty title="There is no subscription to replay to." />
      ) : (
        <>
          <section class="card" aria-labelledby="to-whom">
            <h2 id="to-whom">To whom</h2>
            <label class="field narrow">
              <span>Subscription</span>
              <select
                value={chosen?.id ?? ""}
                onChange={(event) => narrow({ subscription: event.currentTarget.value, types: null })}
              >
                <option value="">Choose one</option>
                {all.map((each) => (
                  <option key={each.id} value={each.id}>
                    {titleOf(each)} ({dialects[each.dialect]})
                  </option>
                ))}
              </select>
            </label>
            {chosen === undefined && id !== undefined && id !== "" && (
              <p class="problem">There is no such subscription, or this key may not replay to it. Choose another.</p>
            )}
            {chosen !== undefined && chosen.state !== "active" && (
              <p class="tone-warn">
                It is {chosen.state}: what the replay adds is held until somebody{" "}
                {chosen.state === "paused" ? "resumes" : "enables"} it.
              </p>
            )}
          </section>
          {chosen !== undefined && <Form key={chosen.id} subscription={chosen} />}
        </>
      )}
    </Page>
  );
}

/** What the address asks for. Absent: the last 24 hours, everything. */
function criteriaOf(subscription: string, begun: number): Criteria {
  const { from, to, types, endings, per_second: pace } = place.value.query;
  const number = (text: string | undefined, otherwise: number): number => {
    const value = Number(text ?? "");
    return text === undefined || text === "" || Number.isNaN(value) ? otherwise : value;
  };
  const listed = (text: string | undefined): readonly string[] | null => (text ? text.split(",") : null);
  return {
    subscription,
    from: number(from, begun - 24 * hour),
    to: number(to, begun),
    types: listed(types),
    endings: listed(endings) as readonly Ending[] | null,
    perSecond: pace ? number(pace, 100) : null,
  };
}

interface Done {
  /** Of which criteria it is. */
  readonly key: string;
  readonly run: DryRun;
}

function Form({ subscription }: { readonly subscription: Subscription }) {
  const [begun] = useState(() => Math.ceil(now.peek() / 60_000) * 60_000);
  const [done, setDone] = useState<Done | null>(null);
  const { isRunning, failure, run: act } = useRun(sentenceOf);
  const criteria = criteriaOf(subscription.id, begun);
  const window = windowOf(place.value.query["window"], begun);
  // All of the window, whatever is chosen in it: to choose on.
  const whole = { ...criteria, ...window, types: null, endings: null, perSecond: null };
  const counted = useLive(`counts ${JSON.stringify(whole)}`, () => dryRun(whole), 3_600_000);
  const key = JSON.stringify(criteria);
  const run = done?.key === key ? done.run : null;
  const count = () => act(async () => setDone({ key, run: await dryRun(criteria) }));
  const start = () =>
    act(async () => {
      const { id } = await send<Replay>("POST", "/v1/replays", bodyOf(criteria, false));
      go(address(`/replays/${id}`));
    });
  return (
    <>
      <ChooseTime criteria={criteria} window={window} begun={begun} counted={counted} />
      <ChooseKinds criteria={criteria} subscription={subscription} counted={counted.data} />
      <section class="card" aria-labelledby="count">
        <h2 id="count">Count first</h2>
        {run === null ? (
          <p class="muted">A dry run counts what would be sent, and sends nothing.</p>
        ) : (
          <DryRunShown run={run} criteria={criteria} subscription={subscription} />
        )}
        <Problem text={failure} />
        <div class="acts">
          <button type="button" class={run === null ? "button primary" : "button"} disabled={isRunning} onClick={count}>
            {isRunning && run === null ? "Counting" : run === null ? "Dry run" : "Count again"}
          </button>
          {run !== null && run.total > 0 && (
            <button type="button" class="button primary" disabled={isRunning} onClick={start}>
              Send {run.complete ? "" : "at least "}
              {plural(run.total, "delivery", "deliveries")} again
            </button>
          )}
        </div>
      </section>
    </>
  );
}

const sentenceOf = (error: unknown): string =>
  error instanceof ApiFailure && error.code === "CONFLICT"
    ? `${error.message} See the list of replays.`
    : failureText(error);
