// Keys and portal links: who may do what. One is made here and shown once; revoking a key takes its name.

import { useState } from "preact/hooks";
import { access, type ActingFor, part, send } from "../api/client.ts";
import { getAll } from "../api/list.ts";
import { nameOfOrganization, organization, session, signOut } from "../api/session.ts";
import type { Key } from "../api/types.ts";
import { useLive } from "../live/use-live.ts";
import { Confirm } from "../parts/confirm.tsx";
import { Empty, NotRead, Stale } from "../parts/faces.tsx";
import { Find } from "../parts/find.tsx";
import { Id } from "../parts/id.tsx";
import { Mark } from "../parts/mark.tsx";
import { Moment } from "../parts/moment.tsx";
import { Page } from "../parts/page.tsx";
import { nameOf } from "../parts/subject.tsx";
import { ofAll, Whose } from "../parts/whose.tsx";
import { Link } from "../route/link.tsx";
import { address, narrow, place } from "../route/place.ts";
import { plural } from "../../../src/words/plural.ts";
import { NewKey } from "./new-key.tsx";
import { PortalLinks } from "./portal-links.tsx";
import { roleWords } from "./roles.ts";

const most = 2_000;
const shownAtMost = 300;

export function KeysPage() {
  const [isMaking, setMaking] = useState(false);
  const { find = "", revoked = "" } = place.value.query;
  const actingFor = ofAll() ? null : access.organization;
  const live = useLive(
    `keys ${String(actingFor)}`,
    (signal) => getAll<Key>("/v1/keys", {}, most, signal, actingFor),
    10_000,
  );
  const all = live.data;
  const rows = (all ?? [])
    .filter(({ revoked_at: at }) => revoked === "shown" || at === null)
    .filter((key) => fits(key, find));
  const hidden = (all ?? []).filter(({ revoked_at: at }) => at !== null).length;
  return (
    <Page
      title="Keys"
      beside={
        <div class="acts">
          <Whose />
          <button type="button" class="button primary" onClick={() => setMaking(true)}>
            New key
          </button>
        </div>
      }
    >
      <Stale failure={all === null ? null : live.failure} />
      {all === null ? (
        <NotRead failure={live.failure} again={live.refresh} rows={6} />
      ) : (
        <>
          <div class="filters">
            <Find by="name, role, place or id" value={find} />
            {hidden > 0 && (
              <label class="switch">
                <input
                  type="checkbox"
                  checked={revoked === "shown"}
                  onChange={() => narrow({ revoked: revoked === "shown" ? null : "shown" }, "replace")}
                />
                <span>Show {plural(hidden, "revoked key")}</span>
              </label>
            )}
          </div>
          {rows.length === 0 ? (
            <Nothing isNarrowed={find !== "" || hidden > 0} />
          ) : (
            <Table keys={rows.slice(0, shownAtMost)} actingFor={actingFor} done={live.refresh} />
          )}
          {rows.length > shownAtMost && (
            <p class="list-end muted">{rows.length - shownAtMost} more: narrow by name, role or place.</p>
          )}
        </>
      )}
      {organization.value !== null && <PortalLinks />}
      {isMaking && <NewKey done={live.refresh} close={() => setMaking(false)} />}
    </Page>
  );
}

const nameOfKey = ({ name, client_id: id }: Key): string => name ?? id;

/** null: of all. */
const whose = (id: string | null): string => (id === null ? "all organizations" : (nameOfOrganization(id) ?? id));

function fits({ client_id: id, name, role, targets, organization: of }: Key, text: string): boolean {
  const all = [id, name ?? "", role, of ?? "", whose(of), ...targets, ...targets.map(nameOf)].join(" ").toLowerCase();
  return all.includes(text.trim().toLowerCase());
}

function Nothing({ isNarrowed }: { readonly isNarrowed: boolean }) {
  if (!isNarrowed) {
    return (
      <Empty title="This organization has no key of its own.">
        <p>Make one for each app, device or person: then each can be revoked by itself.</p>
      </Empty>
    );
  }
  return (
    <Empty title="No key fits.">
      <button type="button" class="button" onClick={() => narrow({ find: null, revoked: "shown" })}>
        Show all
      </button>
    </Empty>
  );
}

interface TableProps {
  readonly keys: readonly Key[];
  readonly actingFor: ActingFor;
  readonly done: () => void;
}

function Table({ keys, actingFor, done }: TableProps) {
  return (
    <div class="table-frame">
      <table class="table">
        <caption class="unseen">Keys, newest first</caption>
        <thead>
          <tr>
            <th scope="col">Key</th>
            <th scope="col">Role</th>
            <th scope="col">For</th>
            <th scope="col">Made</th>
            <th scope="col">State</th>
            <th scope="col">
              <span class="unseen">What can be done</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {keys.map((key) => (
            <Row key={key.client_id} of={key} actingFor={actingFor} done={done} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ of: key, actingFor, done }: Omit<TableProps, "keys"> & { readonly of: Key }) {
  const { client_id: id, name, role, organization: of, targets, created_at: at, revoked_at: revoked } = key;
  const [isAsking, setAsking] = useState(false);
  const isMine = session.value?.key === id;
  return (
    <tr class="row">
      <th scope="row">
        {name === null ? <span class="row-name muted">No name</span> : <b class="row-name">{name}</b>}
        <Id id={id} />
      </th>
      <td data-label="Role">
        {role}
        <span class="row-more">{roleWords[role]}</span>
      </td>
      <td data-label="For">{targets.length > 0 ? targets.map(nameOf).join(", ") : whose(of)}</td>
      <td data-label="Made">
        <Moment at={at} />
        {session.value?.role === "operator" && (
          <span class="row-more nowrap">
            <Link to={address("/audit", { actor: id })}>What it did</Link>
          </span>
        )}
      </td>
      <td data-label="State" class="nowrap">
        {revoked === null ? (
          <Mark shape="delivering" word={isMine ? "this session's" : "valid"} />
        ) : (
          <>
            <Mark shape="cancelled" word="revoked" />
            <span class="row-more">
              <Moment at={revoked} />
            </span>
          </>
        )}
      </td>
      <td class="row-acts">
        {revoked === null && (
          <div class="acts">
            <button
              type="button"
              class="button danger"
              aria-label={`Revoke ${nameOfKey(key)}`}
              onClick={() => setAsking(true)}
            >
              Revoke
            </button>
          </div>
        )}
        {isAsking && (
          <Confirm
            title="Revoke this key"
            act="Revoke it"
            isDangerous
            name={nameOfKey(key)}
            run={async () => {
              await send("DELETE", `/v1/keys/${part(id)}`, undefined, actingFor);
              if (isMine) await signOut();
              else done();
            }}
            close={() => setAsking(false)}
          >
            <p>
              Whoever uses it is refused from now on, and its tokens and sessions end. Nothing brings it back.
              {isMine && " It is the key of this session: you are signed out."}
            </p>
          </Confirm>
        )}
      </td>
    </tr>
  );
}
