// Why a space counts as it does, in sentences, in the order of the pipe: sensors, frames, people as merged, what came late, what
// was sent. Pure.

import type { Explanation } from "../api/types.ts";
import { plural } from "../../../src/words/plural.ts";
import { clockSeconds, roughly } from "../../../src/words/time.ts";

type Told = NonNullable<Explanation["explained"]>;

/** `nameOf`: of a sensor. */
export function explainSentences(answer: Explanation, nameOf: (id: string) => string, zone: string): readonly string[] {
  const { explained } = answer;
  if (answer.log === "not_kept")
    return ["The observations of that time are no longer kept, so only the stored minute is known."];
  if (explained === null) return ["There were more observations around this minute than can be worked out here."];
  return [
    ...sensors(explained, Date.parse(answer.at), nameOf, zone),
    people(explained),
    ...elsewhere(explained),
    ...minute(answer, explained, zone),
    ...zeroing(answer),
    ...sent(answer),
  ];
}

function sensors({ sensors: all }: Told, at: number, nameOf: (id: string) => string, zone: string): string[] {
  const speaking = all.filter(({ speaks }) => speaks);
  if (speaking.length === 0) return ["No placed sensor speaks for this space, so nobody can say who is in it."];
  const heard = speaking.filter(({ frame }) => frame !== null);
  const silent = speaking.filter(({ frame }) => frame === null);
  const seeing = heard.filter(({ frame }) => frame!.people > 0);
  const lines = [
    `${heard.length} of ${plural(speaking.length, "sensor")} that look into this space ${heard.length === 1 ? "was" : "were"} heard.`,
  ];
  for (const { id, frame } of seeing.slice(0, 4)) {
    const masked = frame!.masked.length === 0 ? "" : `, ${frame!.masked.length} of them in a mask or beyond the floor`;
    lines.push(
      `${nameOf(id)} saw ${plural(frame!.people, "person", "people")} at ${clockSeconds(Date.parse(frame!.at), zone)}${masked}.`,
    );
  }
  if (seeing.length > 4) lines.push(`${plural(seeing.length - 4, "more sensor")} saw somebody.`);
  for (const { id, last_frame: last } of silent.slice(0, 3)) {
    lines.push(
      `${nameOf(id)} was silent${last === null ? "" : `, last heard ${roughly(at - Date.parse(last.at))} before`}.`,
    );
  }
  if (silent.length > 3) lines.push(`${plural(silent.length - 3, "more sensor")} were silent.`);
  return lines;
}

function people({ people: all, value }: Told): string {
  if (value === null) return "Too little was heard to say how many there are: the count is unknown.";
  const merged = all.filter(({ sensors: by }) => by.length > 1).length;
  const joined =
    merged === 0
      ? ""
      : merged === 1
        ? " One of them was seen by several sensors, and counts once."
        : ` ${merged} of them were seen by several sensors, and count once each.`;
  return `That makes ${plural(value, "person", "people")}.${joined}`;
}

const elsewhere = ({ elsewhere: count }: Told): string[] =>
  count === 0 ? [] : [`${plural(count, "person", "people")} on the floor stood elsewhere.`];

function minute({ stored }: Explanation, { minute: told }: Told, zone: string): string[] {
  const name = `The minute ${clockSeconds(Date.parse(told.at), zone).slice(0, 5)}`;
  const lines: string[] = [];
  if (stored !== null) {
    const corrected = stored.revision === 0 ? "" : `, corrected ${plural(stored.revision, "time")}`;
    lines.push(`${name} is kept as ${stored.value}, with ${stored.observed_s} of 60 s observed${corrected}.`);
  } else if (!told.closed) lines.push(`${name} is not over yet.`);
  else lines.push(`${name} was not observed for long enough to be told.`);
  if (told.late.count > 0) lines.push(`${plural(told.late.count, "frame")} came late.`);
  return lines;
}

function zeroing({ zeroing: told }: Explanation): string[] {
  if (told === null || !told.enabled || told.absent_since === null) return [];
  return ["Its motion sensors agree that nobody is there, so its minutes are set to 0."];
}

function sent({ revisions }: Explanation): string[] {
  return revisions
    .filter(({ subscriptions }) => subscriptions > 0)
    .map(({ revision, value, subscriptions, deliveries }) => {
      const states = Object.entries(deliveries).map(([state, count]) => `${count} ${state}`);
      const what = revision === 0 ? "The minute" : `Correction ${revision}`;
      return `${what}${value === null ? "" : ` (${value})`} went to ${plural(subscriptions, "subscription")}: ${states.join(", ")}.`;
    });
}
