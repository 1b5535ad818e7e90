// A disk as a power cut leaves it: of every file what was synced, and of what was written since either nothing or, more
// harshly, whatever chance lets survive, down to single sectors. Names have a life of their own: a file that was made,
// moved or deleted is so for good only when its directory was synced.

import { dirname } from "node:path";
import type { Operation } from "./trace.ts";

/** Contents by path. */
export type Image = ReadonlyMap<string, Buffer>;

/** What survives of that which nobody synced. */
export interface Chance {
  fraction(): number;
}

export interface Disk {
  /** The operation with this index has happened. */
  apply(operation: Operation, index: number): void;
  /** What is there after a cut of the power now. Without a chance nothing survives that was not synced. */
  cut(chance: Chance | null): Image;
}

interface Change {
  readonly index: number;
  readonly apply: (content: Content, chance: Chance | null) => void;
}

interface File {
  readonly durable: Content;
  changes: Change[];
  /** With everything that was written: where an appended write goes. */
  size: number;
}

interface NameChange {
  readonly index: number;
  readonly directory: string;
  readonly apply: (names: Map<string, File>) => void;
}

const sector = 512;

export function createDisk(): Disk {
  const names = new Map<string, File>();
  const durableNames = new Map<string, File>();
  const directories = new Set<string>();
  let nameChanges: NameChange[] = [];

  function rename(index: number, file: string, apply: NameChange["apply"]): void {
    apply(names);
    nameChanges.push({ index, directory: dirname(file), apply });
  }

  function change(index: number, file: File, size: number, apply: Change["apply"]): void {
    file.changes.push({ index, apply });
    file.size = size;
  }

  function write(index: number, file: File, from: number, bytes: Buffer): void {
    change(index, file, Math.max(file.size, from + bytes.length), (content, chance) => {
      if (chance === null) return content.write(from, bytes);
      // Sectors reach the disk one by one.
      for (let at = 0; at < bytes.length; ) {
        const next = Math.min(bytes.length, at + sector - ((from + at) % sector));
        if (chance.fraction() < 0.9) content.write(from + at, bytes.subarray(at, next));
        at = next;
      }
    });
  }

  return {
    apply(operation, index) {
      switch (operation.kind) {
        case "create": {
          if (names.has(operation.file)) return;
          if (names.has(dirname(operation.file))) directories.add(dirname(operation.file));
          const made: File = { durable: createContent(), changes: [], size: 0 };
          return rename(index, operation.file, (into) => void into.set(operation.file, made));
        }
        case "unlink":
          return rename(index, operation.file, (from) => void from.delete(operation.file));
        case "link":
        case "rename": {
          const { kind, from, to } = operation;
          const file = names.get(from);
          if (file === undefined) throw new Error(`${from} was never made`);
          return rename(index, to, (among) => {
            among.set(to, file);
            if (kind === "rename") among.delete(from);
          });
        }
        case "write": {
          const file = names.get(operation.file);
          if (file === undefined) throw new Error(`${operation.file} was never made`);
          return write(index, file, operation.at === "end" ? file.size : operation.at, operation.bytes);
        }
        case "truncate": {
          const file = names.get(operation.file);
          if (file === undefined) throw new Error(`${operation.file} was never made`);
          return change(index, file, operation.size, (content) => content.truncate(operation.size));
        }
        case "sync": {
          const file = directories.has(operation.file) ? undefined : names.get(operation.file);
          if (file === undefined) {
            for (const each of nameChanges) {
              if (each.directory === operation.file && each.index < operation.covers) each.apply(durableNames);
            }
            nameChanges = nameChanges.filter(
              (each) => each.directory !== operation.file || each.index >= operation.covers,
            );
            return;
          }
          for (const each of file.changes) if (each.index < operation.covers) each.apply(file.durable, null);
          file.changes = file.changes.filter((each) => each.index >= operation.covers);
        }
      }
    },
    cut(chance) {
      const left = new Map(durableNames);
      // A directory is written in order: what survives of it ends somewhere.
      const survivors = chance === null ? 0 : Math.floor(chance.fraction() * (nameChanges.length + 1));
      for (const each of nameChanges.slice(0, survivors)) each.apply(left);
      // On some days nearly all of it was written out already, on others nearly nothing.
      const share = chance === null ? 0 : chance.fraction();
      const image = new Map<string, Buffer>();
      for (const [name, { durable, changes }] of left) {
        // A directory that was made is a name like any other; what is in it is lost with it.
        const directory = dirname(name);
        if (directories.has(name) || (directories.has(directory) && !left.has(directory))) continue;
        const content = durable.copy();
        if (chance !== null) for (const each of changes) if (chance.fraction() < share) each.apply(content, chance);
        image.set(name, content.bytes());
      }
      return image;
    },
  };
}

interface Content {
  write(at: number, bytes: Buffer): void;
  truncate(size: number): void;
  copy(): Content;
  bytes(): Buffer;
}

function createContent(given: Buffer = Buffer.alloc(0)): Content {
  let [buffer, length] = [given, given.length];
  function grow(size: number): void {
    if (size > buffer.length) {
      const larger = Buffer.alloc(Math.max(size, buffer.length * 2));
      buffer.copy(larger, 0, 0, length);
      buffer = larger;
    }
    length = Math.max(length, size);
  }
  return {
    write(at, bytes) {
      grow(at + bytes.length);
      bytes.copy(buffer, at);
    },
    truncate(size) {
      if (size > length) return grow(size);
      buffer.fill(0, size, length);
      length = size;
    },
    copy: () => createContent(Buffer.from(buffer.subarray(0, length))),
    bytes: () => Buffer.from(buffer.subarray(0, length)),
  };
}
