// Names a file so that a copy of it, or another file put in its place, is told from it: by its inode and its time of birth. Not
// by its device, whose number can change with every mount. A moved or renamed file stays the same.

import { type BigIntStats, statSync } from "node:fs";

/** `inode birth`, the birth in ns since 1970; 0 where the file system does not know it. */
export function markOf(file: string): string {
  const stats = statSync(file, { bigint: true });
  return `${stats.ino} ${birthOf(stats)}`;
}

/** Whether a mark was made of this very file. The inode alone is not enough: it may be given to the next file at once. */
export function isFile(mark: string, file: string): boolean {
  const [inode, birth] = mark.split(" ");
  const stats = statSync(file, { bigint: true });
  const born = birthOf(stats);
  return inode === String(stats.ino) && (birth === "0" || born === 0n || birth === String(born));
}

/** Where it is unknown, Node gives the time of the last change instead. */
const birthOf = ({ birthtimeNs, ctimeNs }: BigIntStats): bigint => (birthtimeNs === ctimeNs ? 0n : birthtimeNs);
