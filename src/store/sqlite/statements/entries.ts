// Statements of entries for the owner: writing them with the progress of sensing, and finding the organization of a call.

import type { Entry } from "../../../model/entry.ts";
import { entryKindNumber, groundNumber } from "../../codes.ts";
import type { EngineContext } from "./engine-context.ts";

export interface Entries {
  /** An entry that is there is replaced, and keeps whom it concerned when it came. */
  write(entries: readonly Entry[]): void;
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
      " where e.guid = :guid and (:organization is null or g.id = :organization) limit 2",
  );
  const logged = context.prepare(
    "select distinct g.id from observation o join organization g on g.number = o.organization where o.position > :folded" +
      " and o.kind = :kind and json_extract(o.body, '$.data.guid') = :guid" +
      " and (:organization is null or g.id = :organization) limit 2",
  );

  const writeOne = (entry: Entry): void => {
    const { number, building, sourceId, guid, status, type, origin, words, data } = entry;
    const organization = context.organization(entry.organization).number;
    const kind = entryKindNumber[entry.kind];
    const isNew = known.get(number) === undefined;
    const times = [Math.floor(entry.at), Math.floor(entry.acceptedAt)] as const;
    put.run(number, organization, kind, building, ...times, sourceId, guid, status, type, origin, words, data);
    if (!isNew) return;
    for (const { tenant, unit, ground } of entry.grants) {
      grant.run(organization, tenant, kind, number, unit, groundNumber[ground]);
    }
  };

  return {
    write: (entries) => entries.forEach(writeOne),
    findCall(organization, guid) {
      const folded = Number(context.meta("fold") ?? 0);
      const recent = logged.all({ folded, kind: context.kind("", "call"), guid, organization });
      return [...new Set([...recent, ...written.all({ guid, organization })].map(({ id }) => String(id)))];
    },
  };
}
