// Kinds of settings: how the text of one becomes a value, and the words that say what it must be.

import { sharedSecretForm, sharedSecretMust } from "../shared-secret.ts";
import { readDuration, readSize } from "../quantity.ts";

export interface Kind<Value> {
  /** Stands for the value in help and documents. */
  readonly placeholder: string;
  /** `must be …`, for the sentence about a text that cannot be read. */
  readonly must: string;
  /** Null: this text is none. */
  read(text: string): Value | null;
}

export function text(placeholder: string): Kind<string> {
  return { placeholder, must: "must be text", read: (text) => text };
}

/** As it was written: a path may end in a slash that matters. */
export const webAddress: Kind<string> = {
  placeholder: "url",
  must: "must be an address that begins with https:// or http://",
  read: (text) => (/^https?:\/\//i.test(text) && URL.canParse(text) ? text : null),
};

/** What paths are put behind: without slashes at its end. */
export const webBase: Kind<string> = {
  ...webAddress,
  read: (text) => webAddress.read(text)?.replace(/\/+$/, "") ?? null,
};

export const sharedSecret: Kind<string> = {
  placeholder: "whsec",
  must: sharedSecretMust,
  read: (text) => (sharedSecretForm.test(text) ? text : null),
};

export function oneOf<const Choice extends string>(placeholder: string, choices: readonly Choice[]): Kind<Choice> {
  return {
    placeholder,
    must: `must be one of ${choices.join(", ")}`,
    read: (text) => choices.find((choice) => choice === text) ?? null,
  };
}

const truths: Readonly<Record<string, boolean>> = { true: true, 1: true, false: false, 0: false };
export const truth: Kind<boolean> = {
  placeholder: "true|false",
  must: "must be one of true, false, 1, 0",
  read: (text) => (Object.hasOwn(truths, text) ? truths[text]! : null),
};

/** Parts between commas; spaces around them do not count. */
export function list(placeholder: string): Kind<readonly string[]> {
  return { placeholder, must: "must be a list with commas", read: parts };
}

export function whole(least: number, most: number): Kind<number> {
  return {
    placeholder: "number",
    must: `must be a whole number from ${least} to ${most}`,
    read: (text) => (/^\d{1,9}$/.test(text) ? within(Number(text), least, most) : null),
  };
}

/** `least` and `most` as a person would write them. Gives ms. */
export function duration(least: string, most: string): Kind<number> {
  const [leastMs, mostMs] = [readDuration(least)!, readDuration(most)!];
  return {
    placeholder: "time",
    must: `must be a time from ${least} to ${most} in ms, s, m, h or d, such as 90s`,
    read: (text) => within(readDuration(text), leastMs, mostMs),
  };
}

/** A time, or 0 for never. */
export function patience(least: string, most: string): Kind<number> {
  const time = duration(least, most);
  return {
    ...time,
    must: `must be 0 for never, or a time from ${least} to ${most} in m, h or d, such as 5d`,
    read: (text) => (text === "0" ? 0 : time.read(text)),
  };
}

/** Times between commas, each within the bounds; `none` is the empty list. Gives ms. */
export function durations(least: string, most: string, mostCount: number): Kind<readonly number[]> {
  const one = duration(least, most);
  return {
    placeholder: "time,…",
    must: `must be none, or up to ${mostCount} times from ${least} to ${most} with commas, such as 5s,5m,2h`,
    read(text) {
      if (text === "none") return [];
      const times = parts(text).map(one.read);
      const good = times.length > 0 && times.length <= mostCount && !times.includes(null);
      return good ? (times as number[]) : null;
    },
  };
}

/** Gives bytes. */
export function size(least: string, most: string): Kind<number> {
  const [leastBytes, mostBytes] = [readSize(least)!, readSize(most)!];
  return {
    placeholder: "size",
    must: `must be a size from ${least} to ${most} in B, KiB, MiB or GiB, such as 64MiB`,
    read: (text) => within(readSize(text), leastBytes, mostBytes),
  };
}

const within = (amount: number | null, least: number, most: number): number | null =>
  amount !== null && amount >= least && amount <= most ? amount : null;

const parts = (text: string): string[] =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
