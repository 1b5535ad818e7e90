// An inbox while somebody watches: where to send, how it answers, and what arrived, the newest first. The same for a key that may
// manage it and for whoever knows its address; `path` says whom to ask.

import { useEffect, useRef, useState } from "preact/hooks";
import { get } from "../api/client.ts";
import type { InboxRequest, InboxRequests } from "../api/types.ts";
import { useLive } from "../live/use-live.ts";
import { Empty, NotRead, Stale } from "../parts/faces.tsx";
import { Copy } from "../parts/id.tsx";
import { Mark } from "../parts/mark.tsx";
import { Moment } from "../parts/moment.tsx";
import { Page } from "../parts/page.tsx";
import { narrow, place } from "../route/place.ts";
import { describe } from "../../../src/words/payload.ts";
import { plural } from "../../../src/words/plural.ts";
import { AnswerForm } from "./answer-form.tsx";
import { RequestDetail } from "./request-detail.tsx";
import { type Checked, checkSignature } from "./verify.ts";

interface InboxViewProps {
  readonly path: string;
  readonly above?: preact.ComponentChildren;
  readonly beside?: preact.ComponentChildren;
  /** In the console, where deliveries have pages. */
  readonly isLinked?: true;
}

const mostShown = 200;
const everyMs = 1_500;

export function InboxView({ path, above, beside, isLinked }: InboxViewProps) {
  const seen = useRef<readonly InboxRequest[]>([]);
  const live = useLive<InboxRequests>(
    `inbox ${path}`,
    async (signal) => {
      const after = seen.current[0]?.number ?? 0;
      const { inbox, data } = await get<InboxRequests>(`${path}/requests`, { after }, signal);
      // The server began anew with another inbox of this address only in tests; numbers never go back.
      seen.current = [...data, ...seen.current].slice(0, mostShown);
      return { inbox, data: seen.current };
    },
    everyMs,
  );
  const [secret, setSecret] = useState("");
  const checked = useChecked(secret, live.data?.data ?? null);
  if (live.data === null) {
    return (
      <Page title="Inbox" above={above}>
        <NotRead failure={live.failure} again={live.refresh} />
      </Page>
    );
  }
  const { inbox, data } = live.data;
  const asked = Number(place.value.query["request"]);
  const shown = data.find(({ number }) => number === asked) ?? data[0];
  return (
    <Page title={inbox.name ?? "Inbox"} above={above} beside={beside} wide>
      <Stale failure={live.failure} />
      <div class="inbox-head">
        <section class="card" aria-labelledby="address">
          <h2 id="address">Address</h2>
          <p class="secret">
            <code>{inbox.url}</code>
            <Copy text={inbox.url} what="address" />
          </p>
          <p class="muted">
            Whoever knows it sees what arrives. {plural(inbox.received, "request")} so far; it ends{" "}
            <Moment at={inbox.expires_at} />, or when the server restarts.
          </p>
          <label class="field">
            <span>Signing secret</span>
            <input
              type="password"
              value={secret}
              onInput={(event) => setSecret(event.currentTarget.value)}
              placeholder="whsec_…, stays in this browser"
              autoComplete="off"
              spellcheck={false}
            />
          </label>
        </section>
        <AnswerForm path={path} answer={inbox.answer} done={live.refresh} />
      </div>
      {shown === undefined ? (
        <Nothing url={inbox.url} />
      ) : (
        <div class="inbox-columns">
          <Arrivals requests={data} chosen={shown.number} checked={checked} />
          <RequestDetail request={shown} checked={checked.get(shown.number) ?? null} isLinked={isLinked === true} />
        </div>
      )}
    </Page>
  );
}

function Nothing({ url }: { readonly url: string }) {
  const command = `curl -d '{"hello":"world"}' -H 'content-type: application/json' ${url}`;
  return (
    <Empty title="Nothing has arrived yet.">
      <p>Make it the URL of a webhook or an integration, or try it:</p>
      <div class="command">
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls */}
        <pre tabIndex={0}>{command}</pre>
        <Copy text={command} what="command" />
      </div>
    </Empty>
  );
}

interface ArrivalsProps {
  readonly requests: readonly InboxRequest[];
  readonly chosen: number;
  readonly checked: ReadonlyMap<number, Checked>;
}

function Arrivals({ requests, chosen, checked }: ArrivalsProps) {
  return (
    <ol class="arrivals" aria-label="Requests, newest first">
      {requests.map((request) => {
        const { number, at, method, answered } = request;
        const { type, subject, value } = describe(request.body);
        const said = [subject, value].filter(Boolean).join(" · ");
        return (
          <li key={number}>
            <button
              type="button"
              aria-current={number === chosen ? "true" : undefined}
              onClick={() => narrow({ request: String(number) }, "replace")}
            >
              <span class="arrival-head">
                <b>{type === "?" ? method : type}</b>
                <span class={answered.status < 300 ? "tone-ok" : "tone-bad"}>{answered.status}</span>
              </span>
              {said !== "" && <span>{said}</span>}
              <span class="arrival-head muted">
                <span>
                  <Moment at={at} as="clock" />
                  {attemptOf(request) > 1 && `, attempt ${attemptOf(request)}`}
                </span>
                <Verdict request={request} checked={checked.get(number) ?? null} />
              </span>
            </button>
          </li>
        );
      })}
    </ol>
  );
}

/** NaN: it came from elsewhere. */
const attemptOf = ({ from, headers }: InboxRequest): number =>
  from === "belfry" ? Number(headers.find(([name]) => name === "belfry-attempt")?.[1]) : NaN;

/** The words of `belfry listen`. */
function Verdict({
  request: { verification },
  checked,
}: {
  readonly request: InboxRequest;
  readonly checked: Checked | null;
}) {
  const isGood = checked?.fits ?? (verification === null ? null : verification.fault === null);
  if (isGood === null) return <Mark shape="unknown" word="unverified" />;
  return <Mark shape={isGood ? "delivering" : "failed"} word={isGood ? "verified" : "bad signature"} />;
}

/** By number; empty: no secret was pasted. */
function useChecked(secret: string, requests: readonly InboxRequest[] | null): ReadonlyMap<number, Checked> {
  const [checked, setChecked] = useState<ReadonlyMap<number, Checked>>(new Map());
  useEffect(() => {
    let isOver = false;
    const check = async (): Promise<void> => {
      const asked = secret.trim() === "" ? [] : (requests ?? []);
      const all = await Promise.all(
        asked.map(async (each) => [each.number, await checkSignature(secret, each)] as const),
      );
      if (!isOver) setChecked(new Map(all));
    };
    void check();
    return () => void (isOver = true);
  }, [secret, requests]);
  return checked;
}
