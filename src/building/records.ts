// Walks a building model: every record in it with its kind, its path and the record it lies in.

import type { PlaceKind } from "../model/place-id.ts";
import type { ModelDocument } from "./document.ts";

/** A MAC address names a sensor and is no record of its own. */
export type RecordKind = Exclude<PlaceKind, "mac">;

/** Kinds that carry a `butterflymx_id`. */
export const numberedKinds: ReadonlySet<RecordKind> = new Set([
  "building",
  "access_point",
  "device",
  "unit",
  "tenant",
  "keychain",
  "access_tool",
]);

/** What the walk reads of a record; a model that did not pass its check may lack the id. */
export interface AnyRecord {
  readonly id: string;
  readonly butterflymx_id?: number;
}

export interface Listed {
  readonly kind: RecordKind;
  readonly path: string;
  readonly record: AnyRecord;
  /** The site, building or floor it is part of; null for a site. */
  readonly parent: Listed | null;
}

/** Parents come before what lies in them. */
export function* recordsOf(document: ModelDocument): Generator<Listed> {
  for (const site of listed("site", document.sites, "sites", null)) {
    yield site;
    for (const building of listed("building", site.record.buildings, `${site.path}.buildings`, site)) {
      yield building;
      const { record, path } = building;
      for (const floor of listed("floor", record.floors, `${path}.floors`, building)) {
        yield floor;
        yield* listed("room", floor.record.rooms, `${floor.path}.rooms`, floor);
        yield* listed("zone", floor.record.zones, `${floor.path}.zones`, floor);
        yield* listed("hive", floor.record.hives, `${floor.path}.hives`, floor);
        yield* listed("sensor", floor.record.sensors, `${floor.path}.sensors`, floor);
      }
      yield* listed("access_point", record.access_points, `${path}.access_points`, building);
      yield* listed("device", record.devices, `${path}.devices`, building);
      yield* listed("unit", record.units, `${path}.units`, building);
      yield* listed("tenant", record.tenants, `${path}.tenants`, building);
      yield* listed("keychain", record.keychains, `${path}.keychains`, building);
      yield* listed("access_tool", record.access_tools, `${path}.access_tools`, building);
    }
  }
}

function* listed<Item extends AnyRecord>(
  kind: RecordKind,
  records: readonly Item[] | undefined,
  path: string,
  parent: Listed | null,
): Generator<Listed & { readonly record: Item }> {
  let index = 0;
  for (const record of records ?? []) yield { kind, path: `${path}[${index++}]`, record, parent };
}
