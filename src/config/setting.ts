// One setting: what it takes, what it is when nobody sets it, and what it tells.

import type { Kind } from "./kinds.ts";

export interface Setting<Value = unknown> {
  readonly kind: Kind<Value>;
  /** As an operator would write it; null: there is none. */
  readonly fallback: string | null;
  /** One sentence. */
  readonly tells: string;
  /** Not a flag: other users of the machine can read the command line of a process. */
  readonly secret: boolean;
}

/** `Value` becomes optional where there is no default. */
export function setting<Value, Fallback extends string | null>(kind: Kind<Value>, fallback: Fallback, tells: string) {
  return { kind, fallback, tells, secret: false } as Setting<Fallback extends null ? Value | undefined : Value>;
}
