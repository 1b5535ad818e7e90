// How rows on two sides are compared: by their number, and by the sum of a hash of each, so that their order makes no difference.

import { hash } from "node:crypto";
import type { MovedRow } from "./moved-tables.ts";

export interface MovedSum {
  readonly rows: number;
  readonly hash: string;
}

export interface Summing {
  add(row: MovedRow): void;
  sum(): MovedSum;
}

const bits = 128;

export function createSum(): Summing {
  let rows = 0;
  let total = 0n;
  return {
    add(row) {
      rows++;
      total += BigInt(`0x${hash("sha256", JSON.stringify(row), "hex").slice(0, bits / 4)}`);
    },
    sum: () => ({ rows, hash: BigInt.asUintN(bits, total).toString(16) }),
  };
}
