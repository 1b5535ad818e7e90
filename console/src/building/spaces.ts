// What filters by place offer. Pure.

import { type Name, recordsOf } from "./name.ts";

const subjects = ["floor", "room", "zone", "door", "panel", "sensor", "hive"];

/** What events are about, floors first; a door by its id, not by its number. */
export function spacesOf(known: ReadonlyMap<string, Name>): readonly (readonly [string, string])[] {
  return subjects.flatMap((kind) =>
    recordsOf(known, kind).map(([id, { name }]) => [id, kind === "room" ? name : `${name} (${kind})`] as const),
  );
}
