// Who else on this machine may read or write what is in the data directory: nobody may. Looked at before anything there is
// used; what a copy, an unpacked archive or a volume has opened is closed again, and said.

import { chmodSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { StartError } from "../errors.ts";

/** Files that hold keys, what was accepted, or where the server is. `master.key` is not among them: it must be private from the
 * first moment [master-key.ts]. */
const files = /^(?:operator\.key|server\.json|lock\.sqlite|belfry\.sqlite(?:-wal|-shm)?)$/;

/** Takes the rights of others from the directory, to write, and from Belfry's files in it, to read and write. Returns a
 * sentence for each. Throws a StartError where it may not; a directory that is another's may have a group that writes, as
 * volumes of containers do. */
export function closeToOthers(directory: string): readonly string[] {
  const found = statSync(directory, { throwIfNoEntry: false });
  // Whether it can be used at all is found out next [data-directory.ts].
  if (process.platform === "win32" || found?.isDirectory() !== true) return [];
  const { mode } = found;
  const said: string[] = [];
  const isOpen = (mode & 0o022) !== 0;
  if (isOpen && close(directory, mode & ~0o022 & 0o7777, (mode & 0o002) !== 0)) {
    said.push(`Other users could write in ${directory}: they no longer can.`);
  }
  for (const name of namesIn(directory).filter((each) => files.test(each))) {
    const file = join(directory, name);
    const found = statSync(file);
    const { mode } = found;
    if (!found.isFile() || (mode & 0o077) === 0) continue;
    close(file, mode & ~0o077 & 0o7777, true);
    const renew =
      name === "operator.key" ? " Make a new operator key if they may have: belfry serve --new-operator-key." : "";
    said.push(`Other users could read or write ${file}: they no longer can.${renew}`);
  }
  return said;
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function close(path: string, mode: number, must: boolean): boolean {
  try {
    chmodSync(path, mode);
    return true;
  } catch (cause) {
    if (!must) return false;
    const command = `chmod ${mode.toString(8)} ${path}`;
    throw new StartError(`Other users of this machine can use ${path}: run ${command} as the user it belongs to.`, {
      cause,
    });
  }
}
