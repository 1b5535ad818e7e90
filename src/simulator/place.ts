// The simulated building as its people use it, read back from its document: where the rooms, desks and doors are, what
// each sensor sees, and how one walks from here to there.

import type { FloorDocument, ModelDocument, SensorDocument, TenantDocument } from "../building/document.ts";
import type { Point } from "../model/fact.ts";
import { type Box, entrance, middleOf, plan, stairs, within } from "./plan.ts";

/** A point in a room. */
export interface Spot {
  readonly level: number;
  /** `customID` of the room. */
  readonly room: string;
  readonly point: Point;
}

export interface Eye {
  readonly sensor: string;
  readonly level: number;
  readonly box: Box;
}

export interface Member {
  readonly tenant: number;
  readonly unit: number;
  readonly name: string;
  readonly accessTool: number;
  readonly keychain: number | null;
  readonly desk: Spot;
}

export interface SimulatedPlace {
  readonly number: number;
  /** Presence sensors; together they see all of both floors, nothing twice. */
  readonly presence: readonly Eye[];
  readonly motion: readonly Eye[];
  readonly streetSensor: string;
  /** Sensor at the door of a room, by its code. */
  readonly roomSensors: ReadonlyMap<string, string>;
  readonly mainDoor: number;
  readonly upperDoor: number;
  readonly panel: { readonly id: number; readonly name: string };
  readonly members: readonly Member[];
}

export function readPlace(model: ModelDocument): SimulatedPlace {
  const house = model.sites[0]!.buildings![0]!;
  const floors = house.floors!;
  const sensors = floors.flatMap((floor, level) => floor.sensors!.map((sensor) => ({ sensor, level, floor })));
  const presence: Eye[] = [];
  const motion: Eye[] = [];
  const roomSensors = new Map<string, string>();
  let streetSensor = "";
  for (const { sensor, level, floor } of sensors) {
    const room = floor.rooms!.find(({ id }) => id === sensor.room_id);
    if (sensor.mode === "traffic" && room === undefined) streetSensor = sensor.id;
    else if (sensor.mode === "traffic") roomSensors.set(room!.customID!, sensor.id);
    else if (sensor.footprint === undefined) motion.push({ sensor: sensor.id, level, box: boxOf(room!.coordinates!) });
    else presence.push({ sensor: sensor.id, level, box: seenBy(sensor) });
  }
  const desks = floors.flatMap(desksOf);
  return {
    number: house.butterflymx_id!,
    presence,
    motion,
    streetSensor,
    roomSensors,
    mainDoor: house.access_points![0]!.butterflymx_id!,
    upperDoor: house.access_points![1]!.butterflymx_id!,
    panel: { id: house.devices![0]!.butterflymx_id!, name: house.devices![0]!.name },
    members: house.tenants!.map((tenant, index) => member(tenant, desks[index]!)),
  };

  function member(tenant: TenantDocument, desk: Spot): Member {
    const owned = (credential: { tenant_id?: string }): boolean => credential.tenant_id === tenant.id;
    return {
      tenant: tenant.butterflymx_id!,
      unit: house.units!.find(({ id }) => id === tenant.unit_id)!.butterflymx_id!,
      name: tenant.full_name!,
      accessTool: house.access_tools!.find(owned)!.butterflymx_id!,
      keychain: house.keychains!.find(owned)?.butterflymx_id ?? null,
      desk,
    };
  }
}

function desksOf(floor: FloorDocument, level: number): Spot[] {
  return floor.zones!.map((zone) => {
    const room = floor.rooms!.find(({ id }) => id === zone.room_id)!.customID!;
    return { level, room, point: middleOf(boxOf(zone.coordinates!)) };
  });
}

function boxOf(corners: readonly Point[]): Box {
  const [x0, y0] = corners[0]!;
  const [x1, y1] = corners[2]!;
  return { x0, y0, x1, y1 };
}

function seenBy(sensor: SensorDocument): Box {
  const [x, y] = sensor.center!;
  const [width, depth] = sensor.footprint!;
  return { x0: x - width / 2, y0: y - depth / 2, x1: x + width / 2, y1: y + depth / 2 };
}

const rooms = new Map(plan.flatMap((floor, level) => floor.map((room) => [room.code, { ...room, level }] as const)));
const corridors = ["1-CORRIDOR", "2-CORRIDOR"] as const;

export const streetDoor: Spot = { level: 0, room: "1-LOBBY", point: entrance };

/** One of twelve places around the middle of a room. */
export function seat(code: string, index: number): Spot {
  const { level, box } = rooms.get(code)!;
  const [x, y] = middleOf(box);
  const angle = (Math.PI * 2 * (index % 12)) / 12;
  const point: Point = [x + 0.36 * (box.x1 - box.x0) * Math.cos(angle), y + 0.36 * (box.y1 - box.y0) * Math.sin(angle)];
  return { level, room: code, point };
}

export type Step =
  | { readonly kind: "walk"; readonly level: number; readonly to: Point }
  /** Between floors nobody is seen. */
  | { readonly kind: "stairs"; readonly level: number; readonly to: Point }
  | { readonly kind: "door"; readonly room: string; readonly inward: boolean };

/** The way from one spot to another: through the doors of the rooms, along the corridor, over the stairs. */
export function way(from: Spot, to: Spot): readonly Step[] {
  if (from.room === to.room) return [{ kind: "walk", level: to.level, to: to.point }];
  const steps: Step[] = [];
  if (from.room !== corridors[from.level]) {
    steps.push({ kind: "walk", level: from.level, to: doorOf(from.room) });
    steps.push({ kind: "door", room: from.room, inward: false });
  }
  if (from.level !== to.level) {
    steps.push({ kind: "walk", level: from.level, to: stairs });
    steps.push({ kind: "stairs", level: to.level, to: stairs });
  }
  if (to.room !== corridors[to.level]) {
    steps.push({ kind: "walk", level: to.level, to: doorOf(to.room) });
    steps.push({ kind: "door", room: to.room, inward: true });
  }
  steps.push({ kind: "walk", level: to.level, to: to.point });
  return steps;
}

/** Rooms open to the corridor in the middle of their wall. */
function doorOf(code: string): Point {
  const { box, level } = rooms.get(code)!;
  const corridor = rooms.get(corridors[level]!)!.box;
  return [(box.x0 + box.x1) / 2, box.y1 <= corridor.y0 ? corridor.y0 : corridor.y1];
}

/** The sensor that sees this point, as an index into `eyes`, or -1. */
export function seeing(eyes: readonly Eye[], level: number, point: Point): number {
  return eyes.findIndex((eye) => eye.level === level && within(eye.box, point));
}
