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

/** The silence after its last message beyond which it is another way than now, ms: silent after more than twice its usual gap,
 * offline after more than three times. Infinity: no silence changes anything more. */
export function patience({ online, silentSince, gaps }: Voice): number {
  if (!online) return Infinity;
  const usual = usualGap(gaps);
  if (usual === null) return longestSilenceMs;
  return silentSince === null ? Math.max(2 * usual, leastSilentMs) : Math.max(3 * usual, leastOfflineMs);
}

/** Its silence is longer than its patience. */
export function growSilent(voice: Voice): void {
  if (voice.silentSince === null && usualGap(voice.gaps) !== null) voice.silentSince = voice.heard;
  else voice.online = false;
}

/** Online and silent, as two bits. */
export function voiceState({ online, silentSince }: Voice): number {
  return (online ? 1 : 0) + (silentSince === null ? 0 : 2);
}
