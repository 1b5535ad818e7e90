// createSensors and updateSensors as pure edits of the building model [butlr.md §11]. All or nothing: the first fault ends
// the change, and the check of the whole model finds what is wrong with single values.

import type { ContentRecord } from "../../../building/contents.ts";
import type { FloorDocument, ModelDocument } from "../../../building/document.ts";
import { type EditRecord, editRecords, withApiFields } from "../../../building/edit-records.ts";
import { normalMac } from "../../../building/mac.ts";
import { bareSensorId } from "../../../building/sensor-id.ts";
import type { Problem } from "../../../errors.ts";
import { refuse } from "../input.ts";

/** Beside these any field of a sensor in the model, under its own name. */
export interface SensorInput {
  readonly id?: string | null;
  readonly sensor_id?: string | null;
  readonly mac_address?: string | null;
  readonly mode?: string | null;
  readonly floor_id?: string | null;
  readonly room_id?: string | null;
  readonly zone_ids?: readonly string[] | null;
  readonly hive_id?: string | null;
  readonly hive_serial?: string | null;
  readonly [field: string]: unknown;
}

/** `ids` are for those that bring none, one per input; `seconds` is now. */
export function createSensors(
  stored: ModelDocument,
  inputs: readonly SensorInput[],
  ids: readonly string[],
  seconds: number,
): ModelDocument {
  const floors = floorsOf(stored);
  const added = new Map<string, ContentRecord[]>();
  const problems: Problem[] = [];
  for (const [index, input] of inputs.entries()) {
    const floor = floorFor(input, floors);
    if (typeof floor === "string") {
      problems.push({ path: `sensors[${index}]`, code: "FLOOR_REQUIRED", message: floor });
      continue;
    }
    const record: ContentRecord = {
      id: input.id ?? ids[index]!,
      mode: "presence",
      origin: "api",
      metadata: { created_at: seconds, updated_at: seconds },
    };
    const sensors = added.get(floor.id) ?? [];
    added.set(floor.id, [
      ...sensors,
      withApiFields(record, { ...fieldsOf(input, floor), mac_address: input.mac_address }),
    ]);
  }
  refuse(problems);
  return withSensors(stored, added, new Map());
}

export function updateSensors(stored: ModelDocument, inputs: readonly SensorInput[]): ModelDocument {
  const floors = floorsOf(stored);
  const known = floors.flatMap((floor) => (floor.sensors ?? []).map((sensor) => ({ floor, sensor })));
  const byId = new Map(known.map((each) => [bareSensorId(each.sensor.id), each]));
  const byMac = new Map(known.map((each) => [each.sensor.mac_address, each]));
  const problems: Problem[] = [];
  const edits = new Map<string, EditRecord>();
  const moved = new Map<string, ContentRecord[]>();
  for (const [index, input] of inputs.entries()) {
    const id = input.id ?? input.sensor_id;
    const named = id ?? input.mac_address ?? "";
    const found = id ? byId.get(bareSensorId(id)) : byMac.get(normalMac(named) ?? named);
    const path = `sensors[${index}].${id ? "id" : "mac_address"}`;
    if (found === undefined) {
      problems.push({ path, code: "NOT_FOUND", message: `is no sensor: ${JSON.stringify(named)}.` });
      continue;
    }
    const key = `sensor ${found.sensor.id}`;
    if (edits.has(key))
      problems.push({ path, code: "DUPLICATE_ID", message: "is changed by an earlier entry already." });
    const target =
      typeof input.floor_id === "string" ? floors.find((floor) => floor.id === input.floor_id) : found.floor;
    if (target === undefined) {
      const message = `is no floor: ${JSON.stringify(input.floor_id)}.`;
      problems.push({ path: `sensors[${index}].floor_id`, code: "NOT_FOUND", message });
      continue;
    }
    const change = (record: ContentRecord) => withApiFields(record, fieldsOf(input, target));
    edits.set(key, target === found.floor ? change : () => null);
    if (target === found.floor) continue;
    const away = found.sensor as unknown as ContentRecord;
    moved.set(target.id, [...(moved.get(target.id) ?? []), change(withoutNeighbours(away))]);
  }
  refuse(problems);
  return withSensors(stored, moved, edits);
}

/** The fields that go into the record as they are. A MAC address and a mode cannot be removed. */
function fieldsOf(input: SensorInput, floor: FloorDocument): Record<string, unknown> {
  const { id: _, sensor_id: __, floor_id: ___, hive_serial: serial, ...given } = input;
  const fields: Record<string, unknown> = { ...given };
  for (const field of ["mac_address", "mode"]) if (fields[field] === null) delete fields[field];
  if (serial === undefined) return fields;
  const hive = floor.hives?.find(({ serialNumber }) => serialNumber === serial);
  if (hive === undefined || typeof fields["hive_id"] === "string") return { ...fields, hive_serial: serial };
  return { ...fields, hive_id: hive.id };
}

/** What a sensor has around it on one floor it does not have on another. */
function withoutNeighbours(record: ContentRecord): ContentRecord {
  const { room_id: _, zone_ids: __, hive_id: ___, ...rest } = record;
  return rest;
}

function withSensors(
  stored: ModelDocument,
  added: ReadonlyMap<string, readonly ContentRecord[]>,
  edits: ReadonlyMap<string, EditRecord>,
): ModelDocument {
  const all = new Map(edits);
  for (const [floor, sensors] of added) {
    all.set(`floor ${floor}`, (record) => ({
      ...record,
      sensors: [...((record["sensors"] ?? []) as readonly ContentRecord[]), ...sensors],
    }));
  }
  return editRecords(stored, all);
}

function floorsOf({ sites }: ModelDocument): FloorDocument[] {
  return sites.flatMap(({ buildings = [] }) => buildings.flatMap(({ floors = [] }) => floors));
}

/** The floor that is named, else that of what is named on it, else the only one; or a sentence. */
function floorFor(input: SensorInput, floors: readonly FloorDocument[]): FloorDocument | string {
  const { floor_id: id, room_id: room, hive_id: hive, hive_serial: serial, zone_ids: zones } = input;
  if (id) return floors.find((floor) => floor.id === id) ?? `names an unknown floor: ${JSON.stringify(id)}.`;
  const has = (list: readonly { readonly id: string }[] | undefined, id: unknown): boolean =>
    list?.some((each) => each.id === id) ?? false;
  const around = floors.find(
    (floor) =>
      has(floor.rooms, room) ||
      has(floor.hives, hive) ||
      has(floor.zones, zones?.[0]) ||
      floor.hives?.some(({ serialNumber }) => serialNumber === serial),
  );
  if (around !== undefined) return around;
  if (floors.length === 1) return floors[0]!;
  return "needs a floor: give floor_id, or the room_id, hive_id or zone_ids of a place on it.";
}
