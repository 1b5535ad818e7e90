// Accepts observations: read, placed in the building model, and appended to the durable log. What they mean is worked out
// afterwards (derive/log-processor.ts); what is counted as accepted here is never lost.

import type { BuildingModel, Sensor } from "../../building/building.ts";
import { severalHomes } from "../../auth/authorize.ts";
import { mayIngest, type Principal } from "../../model/principal.ts";
import type { AccessObservation, CallObservation, HeartbeatObservation, Observation } from "../../model/observation.ts";
import type { NewObservation, Receipt } from "../../store/acceptance.ts";
import type { Ledger } from "../../store/ledger.ts";
import type { IngestResult, IngestItem, RejectedItem } from "../ingest-port.ts";
import { contentHash } from "../content-hash.ts";
import { misfit, type Refusal } from "./misfit.ts";
import { contentOfDoor } from "./same-content.ts";
import { type ObservationDraft, readObservation } from "./parse-observation.ts";
import type { Home, PlaceLookup } from "../../organizations/place-lookup.ts";

export interface AcceptObservationsDeps {
  readonly ledger: Ledger;
  readonly placeLookup: PlaceLookup;
  readonly now: () => number;
  /** A UUID, for calls without one. */
  readonly newGuid: () => string;
  /** The log now reaches up to this position, with these rows. */
  readonly logged: (position: number, rows: readonly NewObservation[]) => void;
  /** A sensor sent a time that cannot be: ahead of the server, or before 2000. */
  readonly wrongClock?: (organization: string, sensor: string, fault: "ahead" | "wrong", now: number) => void;
}

type Calls = Map<string, string | null>;

interface Placed {
  readonly index: number;
  readonly row: NewObservation;
}

export async function acceptObservations(
  deps: AcceptObservationsDeps,
  items: readonly IngestItem[],
  who: Principal,
  trace: string | null = null,
): Promise<IngestResult> {
  const rejected: RejectedItem[] = [];
  const placed: Placed[] = [];
  const acceptedAt = deps.now();
  // Organizations by the GUIDs of calls that stand further up in the same request; null: of several.
  const calls: Calls = new Map();
  for (const [index, { value }] of items.entries()) {
    const read = readObservation(value, acceptedAt);
    if (read.status === "rejected") {
      rejected.push({ index, code: read.code, message: read.message });
      if (read.wrongClockOf !== null) await noteClock(deps, read.wrongClockOf, read.code, who, acceptedAt);
      continue;
    }
    const row = await place(deps, read.observation, who, acceptedAt, calls);
    if ("code" in row) rejected.push({ index, ...row });
    else placed.push({ index, row: trace === null ? row : { ...row, trace } });
  }
  const rows = placed.map(({ row }) => row);
  const receipts = rows.length === 0 ? [] : await deps.ledger.appendObservations(rows);
  const last = receipts.findLast((receipt) => receipt.status === "accepted");
  if (last?.status === "accepted") deps.logged(last.number, rows);
  return answer(placed, receipts, rejected);
}

function answer(placed: readonly Placed[], receipts: readonly Receipt[], rejected: RejectedItem[]): IngestResult {
  let accepted = 0;
  let duplicates = 0;
  for (const [position, receipt] of receipts.entries()) {
    if (receipt.status === "accepted") accepted++;
    else if (receipt.status === "duplicate") duplicates++;
    else rejected.push({ index: placed[position]!.index, code: "ID_REUSED", message: reused });
  }
  return { accepted, duplicates, rejected: rejected.toSorted((a, b) => a.index - b.index) };
}

const reused = "An observation with this id and other content was accepted before. Give a new observation a new id.";

async function place(
  deps: AcceptObservationsDeps,
  draft: ObservationDraft,
  who: Principal,
  acceptedAt: number,
  calls: Calls,
): Promise<NewObservation | Refusal> {
  const { kind, id, at } = draft;
  /** `content`: what a repeat must say to be a duplicate. `named`: the id as it is unique. */
  const keyed = (content: string, named = id) => ({
    kind,
    at,
    acceptedAt,
    idempotencyKey: named === null ? null : { id: named, hash: contentHash(content) },
  });
  if (draft.kind === "access" || draft.kind === "call") {
    const home = await homeOfDoor(deps.placeLookup, draft, who);
    if ("code" in home) return home;
    const observation = complete(deps, draft, home);
    const organization = home.organization.id;
    if (observation.kind === "call") {
      const { guid } = observation.data;
      calls.set(guid, (calls.get(guid) ?? organization) === organization ? organization : null);
    }
    const named = id === null ? null : `${panelOf(draft, home)}:${id}`;
    const body = JSON.stringify(observation);
    return { ...keyed(contentOfDoor(draft, home), named), organization, floor: null, body };
  }
  if (draft.kind === "call_status") {
    const organization = await homeOfCall(deps, draft.guid, who, calls);
    if (typeof organization !== "string") return organization;
    const body = JSON.stringify(draft);
    return { ...keyed(body), organization, floor: null, body };
  }
  if (draft.kind === "heartbeat") {
    const home = await homeOfHeartbeat(deps.placeLookup, draft, who);
    return "code" in home ? home : { ...keyed(home.body), ...home };
  }
  const home = await findSensor(deps.placeLookup, draft.sensor, who);
  if ("code" in home) return home;
  const { sensor } = home;
  const fault = misfit(draft, sensor);
  if (fault !== null) return fault;
  const body = JSON.stringify({ ...draft, sensor: sensor.id } satisfies Observation);
  return { ...keyed(body), organization: home.organization, floor: sensor.floor.id, body };
}

async function homeOfCall(
  { ledger }: AcceptObservationsDeps,
  guid: string,
  who: Principal,
  calls: Calls,
): Promise<string | Refusal> {
  const known = calls.get(guid);
  const homes = known === undefined ? await ledger.findCall(who.organization, guid) : [known];
  const [home] = homes;
  if (home === undefined) return unknownCall(guid);
  return home === null || homes.length > 1 ? several(`call ${guid}`) : home;
}

/** Ids are unique within an organization only: an operator's request must name it. */
const several = (what: string): Refusal => ({ code: "ORGANIZATION_REQUIRED", message: severalHomes(what) });

const unknownCall = (guid: string): Refusal => ({
  code: "UNKNOWN_CALL",
  message: `There is no call ${guid}. Send the call before its status, with the same guid.`,
});

/** Panels count their entries from 1 each: their ids are told apart by the panel, else by the door or the building. */
function panelOf(draft: DoorDraft, model: BuildingModel): string {
  if (draft.kind === "call") {
    const { device, building_id: building } = draft.data;
    if (device !== null) return `device ${model.devices.get(device.id)?.id ?? device.id}`;
    return `building ${model.buildings.get(building ?? "")?.id ?? building}`;
  }
  const { device, data } = draft;
  if (device !== null) return `device ${model.devices.get(device)?.id ?? device}`;
  return `access_point ${model.accessPoints.get(data.access_point)?.id ?? data.access_point}`;
}

type DoorDraft = Extract<ObservationDraft, { readonly kind: "access" | "call" }>;

async function findSensor(
  placeLookup: PlaceLookup,
  name: string,
  who: Principal,
): Promise<{ readonly organization: string; readonly sensor: Sensor } | Refusal> {
  const model = await placeLookup.sensor(name, who.organization);
  if (model === "several") return several(`sensor ${name}`);
  const sensor = model?.sensors.get(name);
  if (model == null || sensor === undefined || !mayIngest(who, model.organization.id)) {
    return {
      code: "UNKNOWN_SENSOR",
      message: `There is no sensor ${name}. Add it to the building model or fix the id.`,
    };
  }
  return { organization: model.organization.id, sensor };
}

/** A heartbeat is logged with the floor of its sensor or hive. */
async function homeOfHeartbeat(
  placeLookup: PlaceLookup,
  draft: HeartbeatObservation,
  who: Principal,
): Promise<Pick<NewObservation, "organization" | "floor" | "body"> | Refusal> {
  if (draft.sensor !== undefined) {
    const home = await findSensor(placeLookup, draft.sensor, who);
    if ("code" in home) return home;
    const { organization, sensor } = home;
    return { organization, floor: sensor.floor.id, body: JSON.stringify({ ...draft, sensor: sensor.id }) };
  }
  // Reading refuses a heartbeat that names neither.
  const name = draft.hive!;
  const model = await placeLookup.hive(name, who.organization);
  if (model === "several") return several(`hive ${name}`);
  const hive = model?.hives.get(name);
  if (model == null || hive === undefined || !mayIngest(who, model.organization.id)) {
    return { code: "UNKNOWN_HIVE", message: `There is no hive ${name}. Add it to the building model or fix the id.` };
  }
  return { organization: model.organization.id, floor: hive.floor.id, body: JSON.stringify(draft) };
}

/** So that whoever looks at the sensor sees why nothing comes of it. */
async function noteClock(
  deps: AcceptObservationsDeps,
  name: string,
  code: string,
  who: Principal,
  now: number,
): Promise<void> {
  if (deps.wrongClock === undefined) return;
  const home = await findSensor(deps.placeLookup, name, who);
  if ("code" in home) return;
  deps.wrongClock(home.organization, home.sensor.id, code === "TIME_TOO_OLD" ? "wrong" : "ahead", now);
}

/** The model that an entry or a call is about. */
async function homeOfDoor(
  placeLookup: PlaceLookup,
  draft: DoorDraft,
  who: Principal,
): Promise<BuildingModel | Refusal> {
  const [what, code, building] = await nameOfHome(placeLookup, draft, who.organization);
  if (building === "several") return several(what);
  if (building === null || !mayIngest(who, building.organization.id)) {
    return { code, message: `There is no ${what}. Add it to the building model or fix the id.` };
  }
  if (draft.kind === "call" && draft.data.building_id !== null && draft.data.device !== null) {
    const home = building.devices.get(draft.data.device.id)?.building;
    if (home !== undefined && home !== building.buildings.get(draft.data.building_id)) {
      return { code: "BUILDING_MISMATCH", message: `Device ${draft.data.device.id} is part of another building.` };
    }
  }
  return building;
}

async function nameOfHome(
  placeLookup: PlaceLookup,
  { kind, data }: DoorDraft,
  organization: string | null,
): Promise<readonly [what: string, code: string, Home]> {
  if (kind === "access") {
    const model = await placeLookup.accessPoint(data.access_point, organization);
    return [`access point ${data.access_point}`, "UNKNOWN_ACCESS_POINT", model];
  }
  if (data.building_id !== null) {
    return [
      `building ${data.building_id}`,
      "UNKNOWN_BUILDING",
      await placeLookup.building(data.building_id, organization),
    ];
  }
  // Reading refuses a call that names neither.
  const { id } = data.device!;
  return [`device ${id}`, "UNKNOWN_BUILDING", await placeLookup.device(id, organization)];
}

/** Calls have a GUID: a given one is kept, a missing one made here. What a call leaves to the model is looked up here too, so
 * that a later change of the model does not reach back. */
function complete(
  deps: AcceptObservationsDeps,
  draft: DoorDraft,
  model: BuildingModel,
): AccessObservation | CallObservation {
  if (draft.kind === "access") {
    const { device: _, ...observation } = draft;
    return observation;
  }
  const { data } = draft;
  const device = data.device === null ? undefined : model.devices.get(data.device.id);
  return {
    ...draft,
    data: {
      ...data,
      guid: data.guid ?? deps.newGuid(),
      building_id: data.building_id ?? device!.building.number,
      device: data.device && { ...data.device, name: data.device.name ?? device?.name ?? "" },
    },
  };
}
