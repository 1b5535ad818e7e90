// Erasing a person: entries, events with their deliveries and attempts, and observations that name them. In slices of rows, since
// none of these tables is kept by person. With `secure_delete` what goes is overwritten [file/database.ts].

import { groundNumber } from "../../codes.ts";
import type { EraseCursor, Person } from "../../ledger.ts";
import type { EngineContext } from "./engine-context.ts";

export type ErasePerson = (person: Person, cursor: EraseCursor | null) => EraseCursor | null;

/** Rows that one slice looks through. */
const sliceRows = 20_000;
/** As in model/entry.ts: numbers of entries are places in the log. */
const firstNumber = 1_000_000_000;

const entriesOf =
  "select e.number, e.guid from entry e where e.organization = :organization and (e.number in (select number from" +
  " entry_tenant where organization = :organization and tenant = :id and ground = :self) or" +
  " json_extract(e.data, '$.name') = :name)";

const names = (path: string, set: string): string =>
  `cast(json_extract(body, '${path}') as text) in (select value from json_each(:${set}))`;

export function createErasePerson(context: EngineContext): ErasePerson {
  const eraseEntries = createEraseEntries(context);
  const stages = [createEraseEvents(context), createEraseAttempts(context), createEraseObservations(context)];

  return (person, cursor) => {
    const organization = context.organization(person.organization).number;
    const { stage, after, numbers, guids } = cursor ?? { stage: 0, after: 0, ...eraseEntries(person, organization) };
    const erase = stages[stage];
    if (erase === undefined) return null;
    const known = { numbers: JSON.stringify(numbers), guids: JSON.stringify(guids) };
    const last = erase(person, organization, after, after + sliceRows, known);
    if (after + sliceRows < last) return { stage, after: after + sliceRows, numbers, guids };
    return { stage: stage + 1, after: 0, numbers, guids };
  };
}

type Known = { readonly numbers: string; readonly guids: string };
/** Looks through rows with `after` < number ≤ `upTo`. Returns the last number that there is. */
type Stage = (person: Person, organization: number, after: number, upTo: number, known: Known) => number;

function createEraseEntries(context: EngineContext) {
  const find = context.prepare(entriesOf);
  const remove = context.prepare("delete from entry where number = ?");
  const removeGrants = context.prepare("delete from entry_tenant where number = ?");
  const removeState = context.prepare("delete from subject where organization = ? and key = ?");
  const forget = context.prepare("delete from entry_tenant where organization = ? and tenant = ?");
  return ({ id, name }: Person, organization: number) => {
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
      numbers: rows.map(({ number }) => number),
      guids: rows.flatMap(({ guid }) => guid ?? []),
    };
  };
}

function createEraseEvents(context: EngineContext): Stage {
  const last = context.prepare("select ifnull(max(number), 0) as last from event");
  const remove = context.prepare(
    "delete from event where number > :after and number <= :upTo and organization = :organization and" +
      " kind in (select number from kind where dialect = 'butterflymx') and" +
      " (json_extract(body, '$.event.data.id') in (select value from json_each(:numbers))" +
      ` or ${names("$.event.data.tenant_id", "references")} or ${names("$.event.data.recipient.id", "references")}` +
      " or json_extract(body, '$.event.data.name') = :name" +
      " or json_extract(scopes, '$.called') = :id or json_extract(scopes, '$.tenants') = json_array(:id))",
  );
  return ({ id, name, references }, organization, after, upTo, { numbers }) => {
    remove.run({ after, upTo, organization, numbers, references: JSON.stringify(references), name, id });
    return Number(last.get()?.["last"]);
  };
}

/** What was owed of events that are gone. */
function createEraseAttempts(context: EngineContext): Stage {
  const inRange = (table: string, number: string) =>
    `from ${table} where ${number} > :after and ${number} <= :upTo and organization = :organization and` +
    ` not exists (select 1 from event e where e.number = ${table}.event)`;
  const lanes = context.prepare(
    `select lane, number as delivery ${inRange("delivery", "number")} union select lane, delivery ${inRange("attempt", "delivery")}`,
  );
  const removeDeliveries = context.prepare(`delete ${inRange("delivery", "number")}`);
  const removeAttempts = context.prepare(`delete ${inRange("attempt", "delivery")}`);
  const removeFromLane = context.prepare("delete from delivery_by_lane where lane = ? and delivery = ?");
  return (_person, organization, after, upTo) => {
    const range = { after, upTo, organization };
    const rows = lanes.all(range) as { lane: number; delivery: number }[];
    removeDeliveries.run(range);
    removeAttempts.run(range);
    for (const { lane, delivery } of rows) removeFromLane.run(lane, delivery);
    return context.last.delivery;
  };
}

function createEraseObservations(context: EngineContext): Stage {
  const remove = context.prepare(
    "delete from observation where position > :after and position <= :upTo and organization = :organization and" +
      " kind in (select number from kind where dialect = '' and name in ('access', 'call', 'call_status')) and" +
      ` (position + ${firstNumber} in (select value from json_each(:numbers))` +
      ` or ${names("$.data.tenant_id", "references")} or ${names("$.data.recipient.id", "references")}` +
      ` or ${names("$.data.entry_method.keychain", "keychains")}` +
      ` or ${names("$.data.entry_method.access_tool", "accessTools")}` +
      " or json_extract(body, '$.data.name') = :name or json_extract(body, '$.guid') in (select value from json_each(:guids)))",
  );
  return ({ name, references, keychains, accessTools }, organization, after, upTo, { numbers, guids }) => {
    const sets = { references, keychains, accessTools };
    const texts = Object.fromEntries(Object.entries(sets).map(([set, all]) => [set, JSON.stringify(all)]));
    remove.run({ after, upTo, organization, numbers, guids, name, ...texts });
    return context.last.observation;
  };
}
