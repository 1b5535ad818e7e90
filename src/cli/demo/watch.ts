// What the demo's picture shows of the server: people by room, and how each lane stands. Asked of the operator API, as anybody
// could.

import type { ModelDocument } from "../../building/document.ts";
import { asRecord, asText, type Json } from "../json.ts";
import { listAll } from "../list-all.ts";
import type { OperatorClient } from "../operator-client.ts";
import { inboxName } from "./house.ts";

export interface RoomView {
  readonly name: string;
  /** null: unknown. */
  readonly people: number | null;
  readonly capacity: number | null;
}

export interface FloorView {
  readonly name: string;
  readonly people: number | null;
  readonly rooms: readonly RoomView[];
}

export interface LaneView {
  /** Path of its URL. */
  readonly path: string;
  readonly state: string;
  /** Of the last failure: an HTTP status, or a code of an outcome; null: none. */
  readonly failure: string | null;
  /** Epoch ms of the next try, where it is backing off. */
  readonly until: number | null;
}

export interface ServerView {
  readonly floors: readonly FloorView[];
  readonly lanes: readonly LaneView[];
  /** Deliveries that are owed; null: unknown. */
  readonly owed: number | null;
  /** How many requests came to the inbox; null: unknown. */
  readonly inbox: number | null;
}

export const nothingSeen: ServerView = { floors: [], lanes: [], owed: null, inbox: null };

export async function look(client: OperatorClient, building: ModelDocument): Promise<ServerView> {
  const [spaces, subscriptions, inboxes, metrics] = await Promise.all([
    listAll(client, "/v1/occupancy"),
    listAll(client, "/v1/subscriptions"),
    listAll(client, "/v1/inboxes"),
    client.bytes("/metrics"),
  ]);
  const owed = /^belfry_deliveries_pending (\d+)/m.exec(Buffer.from(metrics).toString())?.[1];
  const people = new Map(
    spaces.map((space) => [`${asText(space["level"])} ${asText(space["space"])}`, peopleIn(space)]),
  );
  const floors = building.sites[0]!.buildings![0]!.floors!.map((floor) => ({
    name: floor.name ?? "",
    people: people.get(`floor ${floor.id}`) ?? null,
    rooms: floor.rooms!.map(({ id, name, capacity }) => {
      return { name: name ?? "", people: people.get(`room ${id}`) ?? null, capacity: capacity?.max ?? null };
    }),
  }));
  return {
    floors,
    lanes: subscriptions.map(laneOf),
    owed: owed === undefined ? null : Number(owed),
    inbox: arrivedAt(inboxes),
  };
}

/** The demo's own, whatever others somebody makes beside it. */
function arrivedAt(inboxes: readonly Json[]): number | null {
  const received = inboxes.findLast(({ name }) => name === inboxName)?.["received"];
  return typeof received === "number" ? received : null;
}

function peopleIn(space: Json): number | null {
  const { value } = asRecord(space["presence"]);
  return typeof value === "number" ? value : null;
}

function laneOf(subscription: Json): LaneView {
  const status = asRecord(asRecord(subscription["lane"])["status"]);
  const failure = asRecord(status["last_failure"]);
  const { url } = asRecord(subscription["endpoint"]);
  const until = status["until"];
  return {
    path: URL.parse(String(url))?.pathname ?? "",
    state: String(status["state"]),
    failure: status["last_failure"] === null ? null : String(failure["status"] ?? failure["code"]),
    until: typeof until === "string" ? Date.parse(until) : null,
  };
}
