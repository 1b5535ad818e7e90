// Accepts observations: read, placed in the building model, and appended to the durable log. What they mean is worked out
// afterwards (deriver.ts); what is counted as accepted here is never lost.

import type { Building } from "../building/building.ts";
import { mayIngest, type Principal } from "../model/principal.ts";
import type { Observation } from "../model/observation.ts";
import type { Ledger, NewObservation, Receipt } from "../store/ledger.ts";
import type { Answer, Item, Rejected } from "./acceptor.ts";
import { contentHash } from "./content-hash.ts";
import { type ObservationDraft, readObservation } from "./observation.ts";
import type { Finder } from "./finder.ts";

export interface ObservationDeps {
  readonly ledger: Ledger;
  readonly finder: Finder;
  readonly now: () => number;
  /** An integer that was never given out before, for logs of doors. */
  readonly newNumber: () => Promise<number>;
  /** A UUID, for calls without one. */
  readonly newGuid: () => string;
  /** The log now reaches up to this position. */
  readonly logged: (position: number) => void;
}

interface Placed {
  readonly index: number;
  readonly row: NewObservation;
}

type Refusal = Omit<Rejected, "index">;

export async function acceptObservations(
  deps: ObservationDeps,
  items: readonly Item[],
  who: Principal,
): Promise<Answer> {
  const rejected: Rejected[] = [];
  const placed: Placed[] = [];
  const acceptedAt = deps.now();
  for (const [index, { value }] of items.entries()) {
    const read = readObservation(value, acceptedAt);
    if (read.status === "rejected") {
      rejected.push({ index, code: read.code, message: read.message });
      continue;
    }
    const row = await place(deps, read.observation, who, acceptedAt);
    if ("code" in row) rejected.push({ index, ...row });
    else placed.push({ index, row });
  }
  const receipts = placed.length === 0 ? [] : await deps.ledger.log(placed.map(({ row }) => row));
  const last = receipts.findLast((receipt) => receipt.status === "accepted");
  if (last?.status === "accepted") deps.logged(last.number);
  return answer(placed, receipts, rejected);
}

function answer(placed: readonly Placed[], receipts: readonly Receipt[], rejected: Rejected[]): Answer {
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
  deps: ObservationDeps,
  draft: ObservationDraft,
  who: Principal,
  acceptedAt: number,
): Promise<NewObservation | Refusal> {
  const { kind, id, at } = draft;
  const common = { kind, at, acceptedAt, input: id === null ? null : { id, hash: contentHash(JSON.stringify(draft)) } };
  if (kind === "access" || kind === "call") {
    const organization = await organizationOfDoor(deps.finder, draft, who);
    if (typeof organization !== "string") return organization;
    return { ...common, organization, floor: null, body: JSON.stringify(await complete(deps, draft)) };
  }
  const building = await deps.finder.sensor(draft.sensor, who.organization);
  const sensor = building?.sensors.get(draft.sensor);
  if (building == null || sensor === undefined || !mayIngest(who, building.organization.id)) {
    return {
      code: "UNKNOWN_SENSOR",
      message: `There is no sensor ${draft.sensor}. Add it to the building model or mend the id.`,
    };
  }
  const fault = misfit(draft, sensor);
  if (fault !== null) return fault;
  return {
    ...common,
    organization: building.organization.id,
    floor: sensor.floor.id,
    body: JSON.stringify({ ...draft, sensor: sensor.id } satisfies Observation),
  };
}

type SensorDraft = Exclude<ObservationDraft, { readonly kind: "access" | "call" }>;
type DoorDraft = Extract<ObservationDraft, { readonly kind: "access" | "call" }>;

/** What the sensor of the model cannot have said. */
function misfit(draft: SensorDraft, sensor: NonNullable<ReturnType<Building["sensors"]["get"]>>): Refusal | null {
  const wanted = draft.kind === "traffic" ? "traffic" : draft.kind === "detections" ? "presence" : sensor.mode;
  if (wanted !== sensor.mode) {
    const message = `Sensor ${draft.sensor} is in ${sensor.mode} mode and sends no ${draft.kind}. Mend the mode in the building model or the kind.`;
    return { code: "WRONG_MODE", message };
  }
  if (draft.kind === "detections" && draft.local !== undefined && sensor.footprint === null) {
    const message = `Sensor ${draft.sensor} is not placed, so local coordinates mean nothing. Give it center and height in the building model, or send world.`;
    return { code: "SENSOR_NOT_PLACED", message };
  }
  return null;
}

async function organizationOfDoor(finder: Finder, draft: DoorDraft, who: Principal): Promise<string | Refusal> {
  const { kind, data } = draft;
  const building =
    kind === "access"
      ? await finder.accessPoint(data.access_point, who.organization)
      : await finder.building(data.building_id, who.organization);
  if (building !== null && mayIngest(who, building.organization.id)) return building.organization.id;
  const what = kind === "access" ? `access point ${data.access_point}` : `building ${data.building_id}`;
  const code = kind === "access" ? "UNKNOWN_ACCESS_POINT" : "UNKNOWN_BUILDING";
  return { code, message: `There is no ${what}. Add it to the building model or mend the id.` };
}

/** Logs of doors have a number, calls a GUID: given ones are kept, missing ones assigned once, here. */
async function complete(deps: ObservationDeps, draft: DoorDraft): Promise<Observation> {
  const number = draft.data.id ?? (await deps.newNumber());
  if (draft.kind === "access") return { ...draft, data: { ...draft.data, id: number } };
  return { ...draft, data: { ...draft.data, id: number, guid: draft.data.guid ?? deps.newGuid() } };
}
