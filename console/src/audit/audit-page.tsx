// The audit: who changed or looked at what, newest first. Every filter stands in the address.

import { useState } from "preact/hooks";
import { failureText, get } from "../api/client.ts";
import { getPage } from "../api/list.ts";
import { nameOfOrganization, organizations, session } from "../api/session.ts";
import type { AuditEntry, List } from "../api/types.ts";
import { names } from "../building/model.ts";
import { Choice, ShowAll } from "../parts/choice.tsx";
import { sinceOf, spans } from "../deliveries/since.ts";
import { find } from "../frame/find.ts";
import { usePages } from "../live/use-pages.ts";
import { Empty } from "../parts/faces.tsx";
import { Id } from "../parts/id.tsx";
import { Json } from "../parts/json.tsx";
import { Listing } from "../parts/listing.tsx";
import { Moment } from "../parts/moment.tsx";
import { Page } from "../parts/page.tsx";
import { Link } from "../route/link.tsx";
import { address, narrow, place } from "../route/place.ts";
import { shortId } from "../../../src/words/short-id.ts";
import { plural } from "../../../src/words/plural.ts";
import { actWords, groups } from "./words.ts";

const filters = ["since", "action", "actor", "object", "only"] as const;
type Row = AuditEntry & { readonly id: string };

export function AuditPage() {
  const { query } = place.value;
  const wanted = Object.fromEntries(filters.map((name) => [name, query[name] ?? ""]));
  const load = async (cursor: string | null, signal?: AbortSignal): Promise<List<Row>> => {
    const { only, action, actor, object } = wanted;
    const asked = { organization: only, action, actor, object, since: sinceOf(query["since"]), limit: 50, cursor };
    const { data, next } = await getPage<AuditEntry>("/v1/audit", asked, signal);
    return { data: data.map((entry) => ({ ...entry, id: String(entry.number) })), next };
  };
  const pages = usePages<Row>(`audit ${JSON.stringify(wanted)}`, load);
  return (
    <Page title="Audit" beside={<Verify />}>
      <Filters />
      <Listing pages={pages} what="entry" nothing={<Nothing />} table={(entries) => <Table entries={entries} />} />
    </Page>
  );
}

function Nothing() {
  return (
    <Empty title="No entry fits.">
      <ShowAll filters={filters} />
    </Empty>
  );
}

function Filters() {
  return (
    <div class="filters" role="group" aria-label="Filters">
      <Choice name="since" title="Since" any="Any time" options={spans} />
      <Choice name="action" title="What" any="All acts" options={groups} />
      {organizations.value.length > 1 && (
        <Choice
          name="only"
          title="Organization"
          any="All organizations"
          options={organizations.value.map(({ id, name }) => [id, name])}
        />
      )}
      <Typed name="actor" title="Who: id of a key, or system" />
      <Typed name="object" title="Thing: its id" />
    </div>
  );
}

/** Asked when Enter is pressed or the field is left: it must be the whole id. */
function Typed({ name, title }: { readonly name: "actor" | "object"; readonly title: string }) {
  const value = place.value.query[name] ?? "";
  return (
    <label class={value === "" ? "field inline grow" : "field inline grow chosen"}>
      <span class="unseen">{title}</span>
      <input
        type="search"
        value={value}
        placeholder={title}
        onChange={(event) => narrow({ [name]: event.currentTarget.value.trim() })}
        autoComplete="off"
        spellcheck={false}
      />
    </label>
  );
}

function Verify() {
  const [said, setSaid] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const verify = async (): Promise<void> => {
    setBusy(true);
    try {
      setSaid(verdict(await get<Verified>("/v1/audit/verify")));
    } catch (error) {
      setSaid(failureText(error));
    }
    setBusy(false);
  };
  return (
    <div class="acts">
      {said !== null && <span role="status">{said}</span>}
      <button type="button" class="button" disabled={isBusy} onClick={verify}>
        {isBusy ? "Verifying" : "Verify the chain"}
      </button>
    </div>
  );
}

interface Verified {
  readonly whole: boolean;
  readonly entries: number;
  readonly broken_at: number | null;
}

const verdict = ({ whole, entries, broken_at: at }: Verified): string =>
  whole
    ? `Whole: ${plural(entries, "entry follows", "entries follow")} from one another.`
    : `Entry ${at} does not follow from the one before it: one of them was changed or removed.`;

function Table({ entries }: { readonly entries: readonly Row[] }) {
  return (
    <div class="table-frame">
      <table class="table audit">
        <caption class="unseen">Entries of the audit, newest first</caption>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">What</th>
            <th scope="col">Who</th>
            <th scope="col">Details</th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <tr class="row" key={entry.id}>
              <td data-label="When" class="nowrap">
                <Moment at={entry.at} as="clock" />
              </td>
              <th scope="row">
                {actWords(entry.action)} <Thing entry={entry} />
                <span class="row-more">
                  <code>{entry.action}</code>
                  {organizations.value.length > 1 &&
                    entry.organization !== null &&
                    `, ${nameOfOrganization(entry.organization) ?? entry.organization}`}
                </span>
              </th>
              <td data-label="Who">
                {entry.actor === "system" ? (
                  "Belfry itself"
                ) : (
                  <button
                    type="button"
                    class="chip link"
                    title={`Only what ${entry.actor} did`}
                    onClick={() => narrow({ actor: entry.actor })}
                  >
                    {entry.actor === session.value?.key ? "this session's key" : shortId(entry.actor)}
                  </button>
                )}
              </td>
              <td data-label="Details">
                {entry.detail === null ? (
                  <span class="muted">none</span>
                ) : (
                  <details class="fold">
                    <summary>{fieldsOf(entry.detail)}</summary>
                    <Json text={JSON.stringify(entry.detail, null, 2)} what={`details of entry ${entry.number}`} />
                  </details>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const fieldsOf = (detail: unknown): string =>
  typeof detail === "object" && detail !== null ? Object.keys(detail).join(", ") : "Show";

/** Where the search would lead with its id; nothing leads to what is gone. */
function Thing({ entry: { object, action } }: { readonly entry: AuditEntry }) {
  const organization = nameOfOrganization(object);
  if (organization !== null) return <span title={object}>{organization}</span>;
  const known = names.value.get(object);
  const target =
    /^(?:webhook|replay|alert|client|delivery)_|^\d{6,}$/.test(object) || known !== undefined
      ? find(object, names.value)
      : null;
  if (target === null || action.endsWith(".delete")) return <Id id={object} />;
  return <Link to={address(target.path, target.query)}>{known?.name ?? shortId(object)}</Link>;
}
