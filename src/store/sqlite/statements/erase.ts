// Erasing a person: entries, events with their deliveries and attempts, and observations that name them. In slices of rows, since
// none of these tables is kept by person. With `secure_delete` what goes is overwritten [file/database.ts], what SQLite may have
// moved before is rewritten [rewrite.ts], and the WAL is emptied afterwards [file/checkpoint.ts].

import { groundNumber } from "../../codes.ts";
import type { EraseCursor, Person } from "../../removal.ts";
import type { EngineContext } from "./engine-context.ts";
import type { Lines } from "./lines.ts";
import { createRewrite, createRewriteRows } from "./rewrite.ts";

export type ErasePerson = (person: Person, cursor: EraseCursor | null) => EraseCursor | null;

const sliceRows = 20_000;
/** As in model/entry.ts: numbers of entries are places in the log. */
const firstNumber = 1_000_000_000;

const entriesOf =
  "select e.number, e.guid from entry e where e.organization = :organization and (e.number in (select number from" +
  " entry_tenant where organization = :organization and tenant = :id and ground = :self) or" +
  " json_extract(e.data, '$.name') = :name)";

const names = (path: string, set: string): string =>
  `cast(json_extract(body, '${path}') as text) in (select value from json_each(:${set}))`;

export function createErasePerson(context: EngineContext, onEnded: Lines["ended"]): ErasePerson {
  const eraseEntries = createEraseEntries(context);
  const stages = [
    createRewriteEntries(context),
    createEraseEvents(context),
    createEraseAttempts(context, onEnded),
    createEraseObservations(context),
  ];

  return (person, cursor) => {
    const organization = context.organization(person.organization).number;
    const { stage, after, numbers, guids } = cursor ?? { stage: 0, after: 0, ...eraseEntries(person, organization) };
    const found = stages[stage];
    if (found === undefined) return null;
    const nextStage = { stage: stage + 1, after: 0, numbers, guids };
    const from = found.before(after);
    if (from === null) return nextStage;
    const upTo = from + found.step;
    const last = found.erase(person, organization, from, upTo, { numbers, guids });
    if (upTo < last) return { stage, after: upTo, numbers, guids };
    return nextStage;
  };
}

type Known = Pick<EraseCursor, "numbers" | "guids">;
interface Stage {
  /** Rows that one slice looks through. */
  readonly step: number;
  /** The number before the next one that there is, since a database that was restored has left out very many; null: there is none. */
  readonly before: (after: number) => number | null;
  /** Looks through rows with `after` < number ≤ `upTo`. Returns the last number that there is. */
  readonly erase: (person: Person, organization: number, after: number, upTo: number, known: Known) => number;
}

function createEraseEntries(context: EngineContext) {
  const find = context.prepare(entriesOf);
  const remove = context.prepare("delete from entry where number = ?");
  const removeGrants = context.prepare("delete from entry_tenant where number = ?");
  const removeState = context.prepare("delete from subject where organization = ? and key = ?");
  const forget = context.prepare("delete from entry_tenant where organization = ? and tenant = ?");
  return ({ id, name }: Person, organization: number): Known => {
    const rows = find.all({ organization, id, name, self: groundNumber.self }) as {
      number: number;
      guid: string | null;
    }[];
    for (const { number, guid } of rows) {
      remove.run(number);
      removeGrants.run(number);
      if (guid !== null) removeState.run(organization, `call:${guid}`);
    }
    forget.run(organization, id);
    return {
      numbers: rows.map(({ number }) => number).toSorted((a, b) => a - b),
      guids: rows.flatMap(({ guid }) => guid ?? []),
    };
  };
}

/** Rows move between pages where rows before them have grown: entries and states of calls, and models. */
function createRewriteEntries(context: EngineContext): Stage {
  const entries = createRewrite(context, "entry", "number");
  const models = createRewrite(context, "model_piece", "organization");
  const calls = createRewriteCalls(context);
  return {
    step: 25,
    before: (after) => after,
    erase(_person, organization, after, upTo, { numbers, guids }) {
      if (after === 0) models([organization]);
      if (after === 0 && guids.length > 0) calls(organization);
      entries(numbers.slice(after, upTo));
      return numbers.length;
    },
  };
}

function createRewriteCalls(context: EngineContext): (organization: number) => void {
  const neighbour = (than: "<" | ">", order: "desc" | "asc") =>
    context.prepare(
      `select organization, key from subject where (organization, key) ${than} (?, ?)` +
        ` order by organization ${order}, key ${order} limit 1 offset 200`,
    );
  const [before, behind] = [neighbour("<", "desc"), neighbour(">", "asc")];
  const rewrite = createRewriteRows(
    context,
    "subject",
    "(organization, key) >= (?, ?) and (organization, key) <= (?, ?)",
  );
  const beyond = { organization: Number.MAX_SAFE_INTEGER, key: "" };
  return (organization) => {
    const from = (before.get(organization, "call:") ?? { organization: 0, key: "" }) as typeof beyond;
    const to = (behind.get(organization, "call;") ?? beyond) as typeof beyond;
    rewrite(from.organization, from.key, to.organization, to.key);
  };
}

function createBefore(context: EngineContext, ...tables: readonly (readonly [table: string, key: string])[]) {
  const nexts = tables.map(([table, key]) =>
    context.prepare(`select min(${key}) as next from ${table} where ${key} > ?`),
  );
  return (after: number): number | null => {
    const next = Math.min(...nexts.map((each) => Number(each.get(after)!["next"] ?? Infinity)));
    return next === Infinity ? null : next - 1;
  };
}

/** Rows that have only ever been added at the end lie where they were written, until their neighbours go: so they are
 * blanked before they are removed. */
function createBlank(context: EngineContext, table: string, key: string): (number: number) => void {
  const blank = context.prepare(
    `update ${table} set body = substr(replace(hex(zeroblob(octet_length(body) / 2 + 1)), '0', ' '), 1, octet_length(body))` +
      ` where ${key} = ?`,
  );
  return (number) => void blank.run(number);
}

function createEraseEvents(context: EngineContext): Stage {
  const last = context.prepare("select ifnull(max(number), 0) as last from event");
  const find = context.prepare(
    "select number from event where number > :after and number <= :upTo and organization = :organization and" +
      " kind in (select number from kind where dialect = 'butterflymx') and" +
      " (json_extract(body, '$.event.data.id') in (select value from json_each(:numbers))" +
      ` or ${names("$.event.data.tenant_id", "references")} or ${names("$.event.data.recipient.id", "references")}` +
      " or json_extract(body, '$.event.data.name') = :name" +
      " or json_extract(scopes, '$.called') = :id or json_extract(scopes, '$.tenants') = json_array(:id)" +
      " or :id in (select value from json_each(scopes, '$.selves')))",
  );
  const blank = createBlank(context, "event", "number");
  const remove = context.prepare("delete from event where number = ?");
  return {
    step: sliceRows,
    before: createBefore(context, ["event", "number"]),
    erase({ id, name, references }, organization, after, upTo, known) {
      const numbers = JSON.stringify(known.numbers);
      const rows = find.all({ after, upTo, organization, numbers, references: JSON.stringify(references), name, id });
      for (const { number } of rows) blank(Number(number));
      for (const { number } of rows) remove.run(number!);
      return Number(last.get()?.["last"]);
    },
  };
}

/** What was owed of events that are gone. */
function createEraseAttempts(context: EngineContext, onEnded: Lines["ended"]): Stage {
  const inRange = (table: string, number: string) =>
    `from ${table} where ${number} > :after and ${number} <= :upTo and organization = :organization and` +
    ` not exists (select 1 from event e where e.number = ${table}.event)`;
  const lanes = context.prepare(
    `select lane, number as delivery ${inRange("delivery", "number")} union select lane, delivery ${inRange("attempt", "delivery")}`,
  );
  const removeDeliveries = context.prepare(`delete ${inRange("delivery", "number")}`);
  const removeAttempts = context.prepare(`delete ${inRange("attempt", "delivery")}`);
  const removeFromLane = context.prepare("delete from delivery_by_lane where lane = ? and delivery = ?");
  const rewrite = createRewrite(context, "attempt", "delivery");
  return {
    step: sliceRows,
    before: createBefore(context, ["delivery", "number"], ["attempt", "delivery"]),
    erase(_person, organization, after, upTo) {
      const range = { after, upTo, organization };
      const rows = lanes.all(range) as { lane: number; delivery: number }[];
      removeDeliveries.run(range);
      removeAttempts.run(range);
      for (const { lane, delivery } of rows) {
        removeFromLane.run(lane, delivery);
        onEnded(delivery);
      }
      // A receiver may have said the name in its answer.
      rewrite([...new Set(rows.map(({ delivery }) => delivery))].toSorted((a, b) => a - b));
      return context.last.delivery;
    },
  };
}

function createEraseObservations(context: EngineContext): Stage {
  const find = context.prepare(
    "select position from observation where position > :after and position <= :upTo and organization = :organization and" +
      " kind in (select number from kind where dialect = '' and name in ('access', 'call', 'call_status')) and" +
      ` (position + ${firstNumber} in (select value from json_each(:numbers))` +
      ` or ${names("$.data.tenant_id", "references")} or ${names("$.data.recipient.id", "references")}` +
      ` or ${names("$.data.entry_method.keychain", "keychains")}` +
      ` or ${names("$.data.entry_method.access_tool", "accessTools")}` +
      " or json_extract(body, '$.data.name') = :name or json_extract(body, '$.guid') in (select value from json_each(:guids)))",
  );
  const blank = createBlank(context, "observation", "position");
  const remove = context.prepare("delete from observation where position = ?");
  return {
    step: sliceRows,
    before: createBefore(context, ["observation", "position"]),
    erase({ name, references, keychains, accessTools }, organization, after, upTo, { numbers, guids }) {
      const sets = { references, keychains, accessTools, numbers, guids };
      const texts = Object.fromEntries(Object.entries(sets).map(([set, all]) => [set, JSON.stringify(all)]));
      const rows = find.all({ after, upTo, organization, name, ...texts });
      for (const { position } of rows) blank(Number(position));
      for (const { position } of rows) remove.run(position!);
      return context.last.observation;
    },
  };
}
