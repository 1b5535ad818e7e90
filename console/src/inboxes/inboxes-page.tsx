// The inboxes that a key may manage: made with one button, each with its address to copy.

import { useState } from "preact/hooks";
import { failureText, send } from "../api/client.ts";
import { getAll } from "../api/list.ts";
import { organization } from "../api/session.ts";
import type { Inbox } from "../api/types.ts";
import { useLive } from "../live/use-live.ts";
import { Empty, NotRead, Stale } from "../parts/faces.tsx";
import { Copy } from "../parts/id.tsx";
import { Moment } from "../parts/moment.tsx";
import { Page } from "../parts/page.tsx";
import { Link } from "../route/link.tsx";
import { address, go } from "../route/place.ts";
import { Problem } from "../parts/problem.tsx";

const most = 200;

export function InboxesPage() {
  const live = useLive(`inboxes ${organization.value}`, (signal) => getAll<Inbox>("/v1/inboxes", {}, most, signal));
  if (live.data === null) {
    return (
      <Page title="Inboxes">
        <NotRead failure={live.failure} again={live.refresh} />
      </Page>
    );
  }
  return (
    <Page title="Inboxes">
      <p class="muted intro">
        An inbox is an address of this server that shows what arrives, with headers, body and signature, and answers as
        you choose. Use it as the URL of a webhook to see what your receiver will get. It is kept in memory for seven
        days.
      </p>
      <Stale failure={live.failure} />
      <Create />
      {live.data.length === 0 ? (
        <Empty title="There is no inbox yet." />
      ) : (
        <div class="table-frame">
          <table class="table inboxes">
            <caption class="unseen">Inboxes, newest first</caption>
            <thead>
              <tr>
                <th scope="col">Inbox</th>
                <th scope="col">Address</th>
                <th scope="col">Requests</th>
                <th scope="col">Answers</th>
                <th scope="col">Ends</th>
              </tr>
            </thead>
            <tbody>
              {live.data.map((inbox) => (
                <Line key={inbox.id} inbox={inbox} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Page>
  );
}

function Line({ inbox }: { readonly inbox: Inbox }) {
  const { id, name, url, received, answer, expires_at: expiresAt, created_at: createdAt } = inbox;
  return (
    <tr class="row">
      <th scope="row">
        <Link to={address(`/inboxes/${id}`)} class="row-link">
          {name ?? "Inbox"}
        </Link>
        <span class="row-more">
          made <Moment at={createdAt} />
        </span>
      </th>
      <td data-label="Address">
        <span class="secret">
          <code>{url}</code>
          <Copy text={url} what={`address of ${name ?? "the inbox"}`} />
        </span>
      </td>
      <td data-label="Requests">{received.toLocaleString("en-US")}</td>
      <td data-label="Answers">
        {answer.status}
        {answer.delay_ms > 0 && <span class="row-more">after {answer.delay_ms.toLocaleString("en-US")} ms</span>}
        {answer.fail_first > 0 && <span class="row-more">503 to the first {answer.fail_first}</span>}
      </td>
      <td data-label="Ends">
        <Moment at={expiresAt} />
      </td>
    </tr>
  );
}

function Create() {
  const [name, setName] = useState("");
  const [failure, setFailure] = useState<string | null>(null);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setFailure(null);
    try {
      const { id } = await send<Inbox>("POST", "/v1/inboxes", name.trim() === "" ? {} : { name: name.trim() });
      go(address(`/inboxes/${id}`));
    } catch (error) {
      setFailure(failureText(error));
    }
  };
  return (
    <form class="filters" onSubmit={submit}>
      <label class="field inline grow">
        <span class="unseen">Name</span>
        <input
          value={name}
          maxLength={128}
          placeholder="Name, such as: what the concierge gets"
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="button primary">
        Make an inbox
      </button>
      <Problem text={failure} />
    </form>
  );
}
