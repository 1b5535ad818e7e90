// Reads what strace wrote of a server: which bytes went into which file of the data directory, what was synced, and which
// requests were answered with 202, in the order in which the system saw it. Whatever could change a file and is not known
// here is an error, so that no image is ever rebuilt from half of what happened.

import { dirname } from "node:path";

export type Operation =
  | { readonly kind: "create"; readonly file: string }
  | { readonly kind: "write"; readonly file: string; readonly at: number | "end"; readonly bytes: Buffer }
  | { readonly kind: "truncate"; readonly file: string; readonly size: number }
  | { readonly kind: "rename"; readonly from: string; readonly to: string }
  | { readonly kind: "link"; readonly from: string; readonly to: string }
  | { readonly kind: "unlink"; readonly file: string }
  /** `covers`: the operations before this index are on the disk now, as far as they are of this file or directory. */
  | { readonly kind: "sync"; readonly file: string; readonly covers: number };

/** An answer with 202. It may have been read as soon as so many operations had happened. */
export interface Acknowledgement {
  readonly request: string;
  readonly after: number;
}

/** Calls that the trace must hold; any other that changes files is not made by Node or SQLite here. */
export const calls =
  "openat,creat,write,writev,pwrite64,pwritev,pwritev2,ftruncate,truncate,rename,renameat,renameat2,unlink,unlinkat,link," +
  "linkat,fsync,fdatasync,fallocate,sync_file_range,copy_file_range,sendfile,mkdir,rmdir";

export interface Trace {
  readonly operations: readonly Operation[];
  readonly acknowledgements: readonly Acknowledgement[];
  /** Reads the next lines: those of one process after another. */
  read(text: Buffer): void;
}

/** `directory`: the only one whose files count. The index of the log (-shm) is memory and does not. */
export function createTrace(directory: string): Trace {
  const operations: Operation[] = [];
  const acknowledgements: Acknowledgement[] = [];
  const parent = dirname(directory);
  const unfinished = new Map<string, { readonly text: string; readonly at: number }>();
  const isOurs = (file: string): boolean =>
    (file === directory || dirname(file) === directory) && !file.endsWith("-shm") && !file.endsWith("(deleted)");

  function take(call: string, begunAt: number): void {
    const parsed = parseCall(call);
    if (parsed === null) return;
    const { name, given, result, failed } = parsed;
    if (failed) return;
    const path = pathOf(given[0] ?? "");
    const text = (index: number): string => unescape(given[index] ?? "").toString("latin1");
    switch (name) {
      case "write":
      case "writev": {
        if (path.startsWith("socket:")) return answer(call, begunAt);
        if (!isOurs(path)) return;
        if (name === "writev") throw new Error(`a call that is not known here: ${call.slice(0, 200)}`);
        operations.push({ kind: "write", file: path, at: "end", bytes: written(given[1]!, result) });
        return;
      }
      case "pwrite64":
        if (!isOurs(path)) return;
        operations.push({ kind: "write", file: path, at: Number(given[3]), bytes: written(given[1]!, result) });
        return;
      case "openat": {
        const file = text(1);
        if (!isOurs(file) || file === directory) return;
        if (given[2]!.includes("O_CREAT")) operations.push({ kind: "create", file });
        if (given[2]!.includes("O_TRUNC")) operations.push({ kind: "truncate", file, size: 0 });
        return;
      }
      case "ftruncate":
        if (isOurs(path)) operations.push({ kind: "truncate", file: path, size: Number(given[1]) });
        return;
      case "rename":
      case "link":
        if (isOurs(text(0)) || isOurs(text(1))) operations.push({ kind: name, from: text(0), to: text(1) });
        return;
      case "unlink":
        if (isOurs(text(0))) operations.push({ kind: "unlink", file: text(0) });
        return;
      case "fsync":
      case "fdatasync":
        if (isOurs(path) || path === parent) operations.push({ kind: "sync", file: path, covers: begunAt });
        return;
      case "mkdir":
        if (text(0) === directory) operations.push({ kind: "create", file: directory });
        return;
      default:
        if (call.includes(directory) && !call.includes("-shm")) {
          throw new Error(`a call that is not known here: ${call.slice(0, 200)}`);
        }
    }
  }

  function answer(call: string, begunAt: number): void {
    if (!call.includes('"HTTP/1.1 202 ')) return;
    for (const [, request] of call.matchAll(/x-request-id: ([^\\]+)\\r/g)) {
      acknowledgements.push({ request: request!, after: begunAt });
    }
  }

  return {
    operations,
    acknowledgements,
    read(text) {
      unfinished.clear();
      for (const line of linesOf(text)) {
        const [, process, call] = /^(\d+) +(.*)$/s.exec(line) ?? [];
        if (process === undefined || call === undefined) continue;
        if (call.endsWith("<unfinished ...>")) {
          unfinished.set(process, { text: call.slice(0, -"<unfinished ...>".length), at: operations.length });
          continue;
        }
        const resumed = /^<\.\.\. \w+ resumed>(.*)$/s.exec(call);
        const before = unfinished.get(process);
        if (resumed === null) take(call, operations.length);
        else if (before !== undefined) {
          unfinished.delete(process);
          take(before.text + resumed[1]!, before.at);
        }
      }
    },
  };
}

function* linesOf(text: Buffer): Generator<string> {
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf(10, from);
    yield text.toString("latin1", from, end < 0 ? text.length : end);
    from = end < 0 ? text.length : end + 1;
  }
}

interface Call {
  readonly name: string;
  readonly given: readonly string[];
  readonly result: number;
  readonly failed: boolean;
}

/** `write(3</a/b>, "text", 4) = 4`, with the arguments apart. Null: no call, such as the end of a process. */
export function parseCall(call: string): Call | null {
  const open = call.indexOf("(");
  if (open <= 0 || !/^[a-z]\w*$/.test(call.slice(0, open))) return null;
  const given: string[] = [];
  let depth = 0;
  let quoted = false;
  let from = open + 1;
  for (let at = open + 1; at < call.length; at++) {
    const code = call.charCodeAt(at);
    if (quoted) {
      if (code === 92) at++;
      else if (code === 34) quoted = false;
    } else if (code === 34) quoted = true;
    else if (code === 91 || code === 123 || code === 60) depth++;
    else if (code === 93 || code === 125 || code === 62) depth--;
    else if (depth === 0 && (code === 44 || code === 41)) {
      given.push(call.slice(from, at).trim());
      from = at + 1;
      if (code === 41) break;
    }
  }
  const [, result] = /^ *= *(-?\d+|\?)/.exec(call.slice(from)) ?? [];
  if (result === undefined) return null;
  return { name: call.slice(0, open), given, result: Number(result), failed: !(Number(result) >= 0) };
}

/** `3</a/b>` gives the path. */
const pathOf = (descriptor: string): string => /^\d+<(.*)>$/s.exec(descriptor)?.[1] ?? "";

function written(quoted: string, size: number): Buffer {
  const bytes = unescape(quoted);
  if (bytes.length < size) throw new Error(`strace has cut off a write of ${size} bytes`);
  return bytes.subarray(0, size);
}

const letters: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, v: 11, f: 12, '"': 34, "\\": 92 };

/** The bytes of a quoted text as strace writes it: as in C, numbers octal and as short as they can be. */
export function unescape(quoted: string): Buffer {
  const bytes = Buffer.allocUnsafe(quoted.length);
  const end = quoted.lastIndexOf('"');
  let length = 0;
  for (let at = 1; at < end; at++) {
    let code = quoted.charCodeAt(at);
    if (code === 92) {
      const next = quoted.charCodeAt(++at);
      if (next >= 48 && next <= 55) {
        code = next - 48;
        for (let digits = 1; digits < 3; digits++) {
          const digit = quoted.charCodeAt(at + 1);
          if (!(digit >= 48 && digit <= 55)) break;
          code = code * 8 + digit - 48;
          at++;
        }
      } else code = letters[quoted[at]!] ?? next;
    }
    bytes[length++] = code;
  }
  return bytes.subarray(0, length);
}
