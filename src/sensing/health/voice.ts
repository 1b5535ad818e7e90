// Whether a sensor or a hive still speaks: when it was heard last, how long it is usually silent, and what its silence means.
// Changed in place, for it hears every frame. Times are those of the server.

import { addGap, type Gaps, usualGap } from "../usual-gap.ts";

export interface Voice {
  /** Its last message of any kind. */
  heard: number;
  /** Between messages that it would have sent anyway. */
  gaps: Gaps | null;
  online: boolean;
  silentSince: number | null;
}

/** Nobody is silent before, however fast they usually speak. */
const leastSilentMs = 30_000;
const leastOfflineMs = 120_000;
/** Who has no usual gap speaks when something happens, and is offline only after a day of silence. */
const longestSilenceMs = 86_400_000;

export function newVoice(at: number): Voice {
  return { heard: at, gaps: null, online: true, silentSince: null };
}

/** `unprompted`: nobody's doing caused the message, so that it tells how often they speak of themselves. */
export function hear(voice: Voice, at: number, unprompted: boolean): void {
  if (unprompted && at > voice.heard) voice.gaps = addGap(voice.gaps, at - voice.heard, at);
  voice.heard = Math.max(voice.heard, at);
  voice.online = true;
  voice.silentSince = null;
}

/** What silence up to `now` means. `listening`: since when anybody would have heard them. */
export function judge(voice: Voice, now: number, listening: number): void {
  if (now >= silentAt(voice, listening)) voice.silentSince ??= voice.heard;
  if (now >= offlineAt(voice, listening)) voice.online = false;
}

/** Online and silent, as two bits. */
export function voiceState({ online, silentSince }: Voice): number {
  return (online ? 1 : 0) + (silentSince === null ? 0 : 2);
}

/** When to judge next; Infinity: nothing is left to say. */
export function judgeAt(voice: Voice, listening: number): number {
  if (!voice.online) return Infinity;
  const silent = voice.silentSince === null ? silentAt(voice, listening) : Infinity;
  return Math.min(silent, offlineAt(voice, listening));
}

/** More than twice the usual gap. */
function silentAt({ heard, gaps }: Voice, listening: number): number {
  const usual = usualGap(gaps);
  return usual === null ? Infinity : Math.max(heard, listening) + Math.max(2 * usual, leastSilentMs);
}

/** More than three times the usual gap. */
function offlineAt({ heard, gaps }: Voice, listening: number): number {
  const usual = usualGap(gaps);
  return Math.max(heard, listening) + (usual === null ? longestSilenceMs : Math.max(3 * usual, leastOfflineMs));
}
