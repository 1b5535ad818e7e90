// Ids of Belfry's own making: a prefix, an underscore and 27 base-62 characters (4 bytes of seconds, 16 of chance), so
// that ids sort by second [butlr.md §9]. Ids that others made are taken as they are and never rebuilt.

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const epoch = 1_400_000_000;
const length = 27;

/** `seconds` since 1970 and 16 random bytes give 27 characters; equal input gives equal output. */
function encodeKsuid(seconds: number, random: Uint8Array): string {
  const words = new Uint32Array(5);
  words[0] = seconds - epoch;
  for (let word = 1; word < 5; word++) {
    const at = (word - 1) * 4;
    words[word] = ((random[at]! << 24) | (random[at + 1]! << 16) | (random[at + 2]! << 8) | random[at + 3]!) >>> 0;
  }
  let text = "";
  for (let digit = 0; digit < length; digit++) {
    let rest = 0;
    for (let word = 0; word < 5; word++) {
      const value = rest * 0x1_0000_0000 + words[word]!;
      words[word] = Math.floor(value / 62);
      rest = value % 62;
    }
    text = alphabet[rest]! + text;
  }
  return text;
}

/** `event`, `webhook`, `org`, … and the two things that must come from outside give `event_2oUBiSXgx48RtbZKXHm5ekpAzFe`. */
export function newId(prefix: string, now: number, random: Uint8Array): string {
  return `${prefix}_${encodeKsuid(Math.floor(now / 1000), random)}`;
}
