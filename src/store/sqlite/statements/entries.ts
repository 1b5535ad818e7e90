// Statements of entries for the owner: writing them with the progress of sensing, and finding the organization of a call.

import { type Entry, entryNumber } from "../../../model/entry.ts";
import type { AcceptedEntry } from "../../acceptance.ts";
import { entryKindNumber, groundNumber, readyMadeKind } from "../../codes.ts";
import type { EngineContext } from "./engine-context.ts";

export interface Entries {
  /** An entry that is there is replaced, and keeps whom it concerned when it came. */
  write(entries: readonly Entry[]): void;
  /** Those of ready-made events, each new; a status goes to the newest call with its GUID. */
  writeReadyMade(entries: readonly AcceptedEntry[]): void;
  /** Looks behind what sensing has folded too. */
  findCall(organization: string | null, guid: string): readonly string[];
}

export function createEntries(context: EngineContext): Entries {
  const put = context.prepare(
    "insert into entry values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (number) do update set" +
      " status = excluded.status, data = excluded.data",
  );
  const known = context.prepare("select 1 from entry where number = ?");
  const grant = context.prepare("insert or ignore into entry_tenant values (?, ?, ?, ?, ?, ?)");
  const written = context.prepare(
    "select distinct g.id from entry e join organization g on g.number = e.organization" +
      ` where e.guid = :guid and e.kind < ${readyMadeKind} and (:organization is null or g.id = :organization) limit 2`,
  );
  const logged = context.prepare(
    "select distinct g.id from observation o join organization g on g.number = o.organization where o.position > :folded" +
      " and o.kind = :kind and json_extract(o.body, '$.data.guid') = :guid" +
      " and (:organization is null or g.id = :organization) limit 2",
  );

  const setStatus = context.prepare(
    "update entry set status = ? where number = (select number from entry where organization = ? and guid = ? and" +
      ` kind = ${entryKindNumber.call + readyMadeKind} order by number desc limit 1)`,
  );

  const writeOne = (entry: Entry): void => {
    const { number, building, sourceId, guid, status, type, origin, words, data } = entry;
    const organization = context.organization(entry.organization).number;
    const kind = entryKindNumber[entry.kind] + (entry.readyMade === true ? readyMadeKind : 0);
    const isNew = known.get(number) === undefined;
    const times = [Math.floor(entry.at), Math.floor(entry.acceptedAt)] as const;
    put.run(number, organization, kind, building, ...times, sourceId, guid, status, type, origin, words, data);
    if (!isNew) return;
    for (const { tenant, unit, ground } of entry.grants) {
      grant.run(organization, tenant, kind, number, unit, groundNumber[ground]);
    }
  };

  /** It takes a place of the observation log, where none is given out again. */
  const nextNumber = (): number => {
    context.setMeta("last_observation", ++context.last.observation);
    return entryNumber(context.last.observation);
  };

  return {
    write: (entries) => entries.forEach(writeOne),
    writeReadyMade(entries) {
      for (const { entry, acceptedAt } of entries) {
        if (!("statusOf" in entry)) writeOne({ ...entry, number: nextNumber(), acceptedAt });
        else setStatus.run(entry.status, context.organization(entry.organization).number, entry.statusOf);
      }
    },
    findCall(organization, guid) {
      const folded = Number(context.meta("fold") ?? 0);
      const recent = logged.all({ folded, kind: context.kind("", "call"), guid, organization });
      return [...new Set([...recent, ...written.all({ guid, organization })].map(({ id }) => String(id)))];
    },
  };
}
