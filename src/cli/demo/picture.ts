// The demo's picture: rooms with people, doors, what goes in and out, and how each receiver stands; for a terminal of 80 × 24 and
// without colours. Pure text; the demo decides when to draw.

import { deliveryLine } from "../delivery-line.ts";
import { describe } from "../../words/payload.ts";
import { printable } from "../printable.ts";
import type { ReceivedDelivery } from "../local-receiver.ts";
import { inboxName, receivers } from "./house.ts";
import { flaws, summary, type Tally } from "./tally.ts";
import type { FloorView, LaneView, RoomView, ServerView } from "./watch.ts";

export interface Scene {
  /** `The Foundry` */
  readonly title: string;
  /** Epoch ms. */
  readonly now: number;
  readonly timezone: string;
  readonly url: string;
  readonly tally: Tally;
  readonly server: ServerView;
  /** Names by number. */
  readonly doors: ReadonlyMap<number, string>;
}

const keys = " [o] console link  [d] open a door  [c] curl lines  [q] quit";

/** Never higher than the terminal, or what scrolled away would stay. */
export function picture(scene: Scene, columns: number, rows: number): readonly string[] {
  const { title, url, tally, server } = scene;
  const { observations, webhooks } = tally;
  const head = ` Belfry demo · ${title} · ${localTime(scene)} local`;
  const lines = [
    `${head}${url.padStart(Math.max(url.length + 2, columns - 1 - head.length))}`,
    "",
    ...server.floors.flatMap(floorLines),
    "",
    ...doorLines(scene),
    "",
    ` In   ${perSecond(observations.perSecond)} observations, ${grouped(observations.total)} so far; most repeat what is known`,
    ` Out  ${perSecond(webhooks.perSecond)} webhooks, ${grouped(webhooks.total)} so far, verified; each change, to each subscriber`,
    ...(server.owed === null ? [] : [`      ${grouped(server.owed)} owed, none lost`]),
    ...flaws(tally).map((flaw) => `      ${flaw}`),
    ...receivers.map((name) => receiverLine(scene, name)),
    ...inboxLine(server),
    "",
    keys,
  ];
  return lines.slice(0, Math.max(1, rows - 1)).map((line) => line.slice(0, Math.max(20, columns - 1)));
}

const localTime = ({ now, timezone: timeZone }: Scene): string =>
  new Intl.DateTimeFormat("en-GB", { timeZone, weekday: "short", hour: "2-digit", minute: "2-digit" }).format(now);

const grouped = (count: number): string => count.toLocaleString("en-US");
const perSecond = (rate: number): string => `${grouped(rate)}/s`.padStart(6);

function floorLines({ name, people, rooms }: FloorView): readonly string[] {
  const lines = [` ${printable(name, 30)}  ${people === null ? "?" : `${people} here`}`];
  for (let index = 0; index < rooms.length; index += 3) {
    lines.push(
      `   ${rooms
        .slice(index, index + 3)
        .map(roomCell)
        .join(" ")}`.trimEnd(),
    );
  }
  return lines;
}

const barWidth = 5;

/** `Garden Studio █████ 4/4  ` */
function roomCell({ name, people, capacity }: RoomView): string {
  const full = people === null ? 0 : Math.min(barWidth, Math.ceil((people / (capacity ?? barWidth)) * barWidth));
  const bar = people === null ? "?".repeat(barWidth) : "█".repeat(full) + "░".repeat(barWidth - full);
  const said = people === null ? "?" : `${people}${capacity === null ? "" : `/${capacity}`}`;
  return `${printable(name, 13).padEnd(13)} ${bar} ${said.padEnd(5)}`;
}

function doorLines({ tally, doors, timezone }: Scene): readonly string[] {
  if (tally.doors.length === 0) return [" Doors  nobody has come through since the demo began"];
  return tally.doors.map((entry, index) => {
    const { at, subject, value, body } = entry;
    const time = new Intl.DateTimeFormat("en-GB", { timeZone: timezone, timeStyle: "medium" }).format(at);
    return ` ${index === 0 ? "Doors" : "     "}  ${time}  ${doors.get(doorOf(body)) ?? "A door"}: ${printable(subject, 24)}, ${printable(value, 30)}`;
  });
}

function doorOf(body: string): number {
  const { event } = JSON.parse(body) as { readonly event?: { readonly data?: { readonly access_point?: unknown } } };
  return Number(event?.data?.access_point);
}

function receiverLine({ tally, server, now }: Scene, name: string): string {
  const path = `/${name}`;
  const lane = server.lanes.find((each) => each.path === path);
  const { total, last } = tally.receivers.get(path) ?? { total: 0, last: null };
  const title = `   ${name.padEnd(14)}`;
  if (lane?.state === "backing_off") return `${title}◐ ${backingOff(lane, now)}`;
  const mark = lane?.state === "probing" ? "◐ is tried again" : "● delivering";
  return `${title}${mark} ${grouped(total).padStart(6)}  ${last === null ? "" : lastSaid(last)}`.trimEnd();
}

function inboxLine({ inbox }: ServerView): readonly string[] {
  if (inbox === null) return [];
  return [
    `   ${inboxName.padEnd(14)}● an inbox   ${grouped(inbox).padStart(6)}  to read in the console, under Inboxes`,
  ];
}

function backingOff({ failure, until }: LaneView, now: number): string {
  const left = until === null ? 0 : Math.max(0, Math.ceil((until - now) / 1_000));
  const why = /^\d+$/.test(failure ?? "") ? `answered ${failure}` : (failure ?? "failed");
  return `${why} · next try in ${left} s · nobody else waits for it`;
}

function lastSaid({ body }: ReceivedDelivery): string {
  const { type, subject, value } = describe(body);
  return printable([type, subject, value].filter(Boolean).join(" "), 60);
}

/** One line a second where nothing can be redrawn; before it the first delivery and your own, once each. */
export function createPlain(): (scene: Scene) => readonly string[] {
  let told: readonly (ReceivedDelivery | null)[] = [];
  return (scene) => {
    const { tally } = scene;
    const news = [
      ["First delivery", tally.first],
      ["Yours", tally.yours],
    ] as const;
    const lines = news.flatMap(([title, received]) =>
      received === null || told.includes(received) ? [] : [`${title}: ${deliveryLine(received)}`],
    );
    told = [tally.first, tally.yours];
    return [...lines, plainLine(scene)];
  };
}

function plainLine(scene: Scene): string {
  const { tally, server, now } = scene;
  const people = server.floors.map((floor) => `${floor.name} ${floor.people ?? "?"}`).join(", ");
  const failing = server.lanes.filter(({ state }) => state === "backing_off");
  return [
    localTime(scene),
    ...(people === "" ? [] : [people]),
    `${summary(tally)}, ${tally.webhooks.perSecond}/s`,
    ...(server.owed === null ? [] : [`${server.owed} owed`]),
    ...failing.map((lane) => `${lane.path.slice(1)}: ${backingOff(lane, now)}`),
  ].join("  ");
}
