// strace around a server: what it writes is complete enough to rebuild the files from, or it makes calls slow or fail.

import { calls } from "./trace.ts";

/** The server stays the child of whoever starts it; strace looks on from the side. */
const beside = ["strace", "-D", "-f", "--seccomp-bpf", "-qq", "-e", "signal=none"];

/** Writes every call that changes a file, with all its bytes, to `file`. */
export const tracedInto = (file: string): readonly string[] => [
  ...beside,
  "-y",
  "-s",
  "1000000",
  "-o",
  file,
  "-e",
  `trace=${calls}`,
];

/** Every sync takes so much longer. */
export const syncsDelayed = (ms: number): readonly string[] => [
  ...beside,
  "-o",
  "/dev/null",
  "-e",
  "trace=fsync,fdatasync",
  "-e",
  `inject=fsync,fdatasync:delay_exit=${ms * 1000}`,
];
