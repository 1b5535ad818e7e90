// Gives a number to everything that ButterflyMX clients know by an integer, and never takes one back.

import type { BuildingDocument, ModelDocument } from "./document.ts";
import { type AnyRecord, type Listed, numberedKinds, recordsOf } from "./records.ts";

/** The same model with a `butterflymx_id` at every building, access point, device, unit, tenant, keychain and access
 * tool: as given, else as in the previous model, else the id itself where it is a number, else a fresh one. `allocate`
 * reserves `count` integers in a row and returns the first. The document must have passed checkModel. */
export async function assignNumbers(
  document: ModelDocument,
  previous: ModelDocument | null,
  allocate: (count: number) => Promise<number>,
): Promise<ModelDocument> {
  const records = numbered(document);
  const before = new Map(
    (previous === null ? [] : numbered(previous)).map(({ kind, record }) => [
      `${kind} ${record.id}`,
      record.butterflymx_id,
    ]),
  );
  /** By kind and number, the id that the number belongs to. Ids that are numbers stay free for their own record. */
  const owners = new Map<string, string>();
  const assigned = new Map<AnyRecord, number>();
  for (const { kind, record } of records) {
    if (numberIn(record.id) !== undefined) owners.set(`${kind} ${record.id}`, record.id);
  }
  const assign = ({ kind, record }: Listed, number: number | undefined): boolean => {
    if (number === undefined || assigned.has(record)) return assigned.has(record);
    const key = `${kind} ${number}`;
    if ((owners.get(key) ?? record.id) !== record.id) return false;
    owners.set(key, record.id);
    assigned.set(record, number);
    return true;
  };
  for (const listed of records) assign(listed, listed.record.butterflymx_id);
  for (const listed of records) assign(listed, before.get(`${listed.kind} ${listed.record.id}`));
  let waiting = records.filter((listed) => !assign(listed, numberIn(listed.record.id)));
  while (waiting.length > 0) {
    const first = await allocate(waiting.length);
    waiting = waiting.filter((listed, index) => !assign(listed, first + index));
  }
  return withNumbers(document, assigned);
}

function numbered(document: ModelDocument): Listed[] {
  return [...recordsOf(document)].filter(({ kind }) => numberedKinds.has(kind));
}

/** The number that an id spells, where it is one that a client could send back as an integer. */
function numberIn(id: string): number | undefined {
  const number = Number(id);
  return Number.isSafeInteger(number) && number > 0 && String(number) === id ? number : undefined;
}

function withNumbers(document: ModelDocument, assigned: ReadonlyMap<AnyRecord, number>): ModelDocument {
  const number = <Item extends AnyRecord>(record: Item): Item => ({ ...record, butterflymx_id: assigned.get(record)! });
  const each = <Item extends AnyRecord>(records: readonly Item[] | undefined) => records?.map(number);
  const inBuilding = (building: BuildingDocument): BuildingDocument => {
    const { access_points, devices, units, tenants, keychains, access_tools } = building;
    const lists = {
      access_points: each(access_points),
      devices: each(devices),
      units: each(units),
      tenants: each(tenants),
      keychains: each(keychains),
      access_tools: each(access_tools),
    };
    const present = Object.fromEntries(Object.entries(lists).filter(([, list]) => list !== undefined));
    return { ...number(building), ...present };
  };
  return {
    ...document,
    sites: document.sites.map((site) =>
      site.buildings === undefined ? site : { ...site, buildings: site.buildings.map(inBuilding) },
    ),
  };
}
