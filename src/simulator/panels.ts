// What door panels and readers write while people come in: entries by every way of opening a door, calls of visitors, and how
// each call ended.

import type { EntryMethod } from "../model/fact.ts";
import type { AccessReading, CallReading, CallStatusReading } from "./observation.ts";
import type { Member, SimulatedPlace } from "./place.ts";
import type { SeededRandom } from "./random.ts";
import type { Visit } from "./schedule.ts";

export type PanelReading = AccessReading | CallReading | CallStatusReading;

export interface PanelLog {
  /** A member comes in from the street. */
  entry(member: Member, enters: number): void;
  upstairs(member: Member, at: number): void;
  /** A visitor calls or shows a pass; a carrier calls the front desk. Then the door opens. */
  visit(visit: Visit): void;
  /** The door goes to open hours or back by itself. */
  schedule(at: number, status: "Unlocked" | "Locked"): void;
  /** Everything, in order of time; entries and calls are numbered from `first` + 1 on. */
  written(first: number): readonly PanelReading[];
}

interface Opener {
  readonly name: string | null;
  readonly release_type: string | null;
  readonly unit: number | null;
  readonly tenant_id: number | null;
}

const nobody: Opener = { name: null, release_type: null, unit: null, tenant_id: null };
const qrCode = "Visitor Pass (using QR code)";
const pin = "Visitor Pass (using PIN)";

export function createPanelLog(place: SimulatedPlace, random: SeededRandom): PanelLog {
  const readings: PanelReading[] = [];
  const methods = { visitor: cycle([qrCode, "App call", pin]), carrier: cycle(["Remote Doorman", "API"]) };
  const image = (): string =>
    `https://images.example.com/snapshots/${Buffer.from(random.bytes(8)).toString("hex")}.png`;

  const access = (at: number, door: number, who: Opener, method: EntryMethod, status = "Unlocked"): void => {
    readings.push({
      kind: "access",
      at,
      id: 0,
      logged_at: new Date(at).toISOString(),
      access_point: door,
      release_status: status,
      ...who,
      entry_method: method,
      image_url: who.name === null ? null : image(),
    });
  };
  /** null: at the front desk. */
  const call = (at: number, host: Member | null, endsAt: number, status: string): void => {
    const guid = guidFrom(random);
    readings.push({
      kind: "call",
      at,
      id: 0,
      guid,
      building_id: place.number,
      logged_at: new Date(at).toISOString(),
      notification_type: host === null ? "delivery" : "visitor",
      recipient: host === null ? { id: null, type: "Attendant" } : { id: host.tenant, type: "Tenant" },
      unit: host === null ? null : { id: host.unit },
      device: place.panel,
      status: "initializing",
      image_url: image(),
    });
    readings.push({ kind: "call_status", id: "", at: endsAt, guid, status });
  };
  const carrier = (name: string, opened: number): void => {
    const called = opened - random.whole(10_000, 25_000);
    // At times nobody is at the desk at first.
    if (random.chance(0.3)) call(called - 60_000, null, called - 20_000, "timeout_online_signal");
    call(called, null, opened, "opened_door");
    access(opened, place.mainDoor, { ...nobody, name, release_type: "Delivery" }, methods.carrier());
  };
  const visitor = (name: string, host: Member, opened: number): void => {
    const who = { name, release_type: "Visitor", unit: host.unit, tenant_id: host.tenant };
    const method = host.keychain === null ? methods.visitor() : { keychain: host.keychain };
    if (method === "App call") call(opened - random.whole(10_000, 30_000), host, opened, "opened_door");
    access(opened, place.mainDoor, who, method);
  };
  const tenant = ({ name, unit, tenant }: Member) => ({ name, release_type: "Tenant", unit, tenant_id: tenant });

  return {
    entry(member, enters) {
      const method = random.chance(0.5) ? "Swipe to open" : { access_tool: member.accessTool };
      access(enters - random.whole(3000, 6000), place.mainDoor, tenant(member), method);
    },
    upstairs: (member, at) => access(at, place.upperDoor, tenant(member), { access_tool: member.accessTool }),
    visit({ kind, host, name, arrives }) {
      const opened = arrives - random.whole(3000, 6000);
      if (host === null || kind === "delivery") carrier(name, opened);
      else visitor(name, host, opened);
    },
    schedule: (at, status) => access(at, place.mainDoor, nobody, null, status),
    written: (first) => numbered(readings, first),
  };
}

/** They were written person by person; their numbers go up with time. */
function numbered(readings: readonly PanelReading[], first: number): readonly PanelReading[] {
  return readings
    .toSorted((a, b) => a.at - b.at)
    .map((reading, index) => {
      const number = first + index + 1;
      return reading.kind === "call_status" ? { ...reading, id: `sim-call-${number}` } : { ...reading, id: number };
    });
}

function cycle<Item>(items: readonly Item[]): () => Item {
  let next = 0;
  return () => items[next++ % items.length]!;
}

function guidFrom(random: SeededRandom): string {
  const bytes = random.bytes(16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return Buffer.from(bytes)
    .toString("hex")
    .replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}
