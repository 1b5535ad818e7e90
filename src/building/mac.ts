// MAC addresses as people write them, and the one form that Belfry keeps.

const kept = /^[0-9a-f]{2}(?:-[0-9a-f]{2}){5}(?:-[0-9a-f]{2}){2}?$/;
const longest = 64;

/** Lower case with hyphens, of 6 or 8 bytes, from any spelling: colons, dots, hyphens, blanks or none between the bytes, zeros
 * dropped in front of each, 0x in front of all. null: it is none. */
export function normalMac(text: string): string | null {
  if (kept.test(text)) return text;
  if (text.length > longest) return null;
  const bare = text.trim().toLowerCase();
  const digits = bare.startsWith("0x") ? wholeNumber(bare.slice(2)) : joined(bare.split(/[-:.\s]+/));
  return digits === null || !/^(?:[0-9a-f]{12}|[0-9a-f]{16})$/.test(digits) ? null : digits.match(/../g)!.join("-");
}

/** After 0x stands one number, whose first zeros may be gone: up to three of them, or which length was meant would be a guess. */
function wholeNumber(digits: string): string {
  if (/[-:.\s]/.test(digits)) return digits.replaceAll(/[-:.\s]/g, "");
  return digits.padStart(digits.length > 12 ? 16 : 12, digits.length > 8 ? "0" : "?");
}

/** Six or eight groups are bytes, three or four are pairs of bytes (as Cisco writes them), each as a number. */
function joined(groups: readonly string[]): string {
  const bytes = groups.length === 6 || groups.length === 8;
  const pairs = groups.length === 3 || groups.length === 4;
  const width = bytes ? 2 : pairs ? 4 : 0;
  return groups.every((group) => group !== "" && group.length <= width)
    ? groups.map((group) => group.padStart(width, "0")).join("")
    : groups.join("");
}
