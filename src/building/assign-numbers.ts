// Gives a number to everything that ButterflyMX clients know by an integer, and never takes one back.

import { forEach, inSlices, type Steps } from "../steps.ts";
import type { Pause } from "../turns.ts";
import type { BuildingDocument, ModelDocument, SiteDocument } from "./document.ts";
import { type AnyRecord, type Listed, numberedKinds, recordsOf } from "./records.ts";

/** The same model with a `butterflymx_id` at every building, access point, device, unit, tenant, keychain and access
 * tool: as given, else as in the previous model, else the id itself where it is a number, else a fresh one. `allocate`
 * reserves `count` integers in a row and returns the first; `pause` lets others work. The document must have passed checkModel. */
export async function assignNumbers(
  document: ModelDocument,
  previous: ModelDocument | null,
  allocate: (count: number) => Promise<number>,
  pause: Pause = () => undefined,
): Promise<ModelDocument> {
  const run = <Result>(steps: Steps<Result>) => inSlices(steps, pause);
  const records = await run(numbered(document));
  const before = new Map<string, number | undefined>();
  await run(
    forEach(previous === null ? [] : await run(numbered(previous)), ({ kind, record }) => {
      before.set(`${kind} ${record.id}`, record.butterflymx_id);
    }),
  );
  /** By kind and number, the id that the number belongs to. Ids that are numbers stay free for their own record. */
  const owners = new Map<string, string>();
  const assigned = new Map<AnyRecord, number>();
  await run(
    forEach(records, ({ kind, record }) => {
      if (numberIn(record.id) !== undefined) owners.set(`${kind} ${record.id}`, record.id);
    }),
  );
  const assign = ({ kind, record }: Listed, number: number | undefined): boolean => {
    if (number === undefined || assigned.has(record)) return assigned.has(record);
    const key = `${kind} ${number}`;
    if ((owners.get(key) ?? record.id) !== record.id) return false;
    owners.set(key, record.id);
    assigned.set(record, number);
    return true;
  };
  await run(forEach(records, (listed) => void assign(listed, listed.record.butterflymx_id)));
  await run(forEach(records, (listed) => void assign(listed, before.get(`${listed.kind} ${listed.record.id}`))));
  let waiting = await run(without(records, (listed) => assign(listed, numberIn(listed.record.id))));
  while (waiting.length > 0) {
    const first = await allocate(waiting.length);
    waiting = await run(without(waiting, (listed, index) => assign(listed, first + index)));
  }
  return run(withNumbers(document, assigned));
}

function* without(
  records: readonly Listed[],
  assign: (listed: Listed, index: number) => boolean,
): Steps<readonly Listed[]> {
  const left: Listed[] = [];
  yield* forEach(records, (listed, index) => {
    if (!assign(listed, index)) left.push(listed);
  });
  return left;
}

function* numbered(document: ModelDocument): Steps<readonly Listed[]> {
  const found: Listed[] = [];
  yield* forEach(recordsOf(document), (listed) => {
    if (numberedKinds.has(listed.kind)) found.push(listed);
  });
  return found;
}

/** The number that an id spells, where it is one that a client could send back as an integer. */
function numberIn(id: string): number | undefined {
  const number = Number(id);
  return Number.isSafeInteger(number) && number > 0 && String(number) === id ? number : undefined;
}

function* withNumbers(document: ModelDocument, assigned: ReadonlyMap<AnyRecord, number>): Steps<ModelDocument> {
  const number = <Item extends AnyRecord>(record: Item): Item => ({ ...record, butterflymx_id: assigned.get(record)! });
  const lists = ["access_points", "devices", "units", "tenants", "keychains", "access_tools"] as const;
  const sites: SiteDocument[] = [];
  for (const site of document.sites) {
    yield;
    const buildings: BuildingDocument[] = [];
    for (const building of site.buildings ?? []) {
      const present: Record<string, readonly AnyRecord[]> = {};
      for (const name of lists) {
        const records: readonly AnyRecord[] | undefined = building[name];
        if (records === undefined) continue;
        const made: AnyRecord[] = [];
        yield* forEach(records, (record) => void made.push(number(record)));
        present[name] = made;
      }
      buildings.push({ ...number(building), ...present });
    }
    sites.push(site.buildings === undefined ? site : { ...site, buildings });
  }
  return { ...document, sites };
}
