// The last requests of one inbox, as many as find room. Bodies and headers are copied into bytes of their own, so that nothing
// else is kept alive by them.

import type { Arrival, KeptRequest } from "../model/inbox.ts";

export const mostKept = { requests: 100, bytes: 256 * 1024, bodyBytes: 64 * 1024, headerBytes: 32 * 1024 };

type Noted = Omit<KeptRequest, "headers" | "body" | "bodyBytes" | "method">;

interface Row extends Noted {
  readonly method: string;
  readonly headers: Buffer;
  readonly body: Buffer;
  readonly bodyBytes: number;
}

export interface KeptRequests {
  add(arrival: Pick<Arrival, "method" | "headers" | "body">, noted: Noted): void;
  /** Those with a higher number, the newest first. */
  after(number: number): KeptRequest[];
  readonly size: number;
}

export function createKeptRequests(): KeptRequests {
  const rows: Row[] = [];
  let bytes = 0;
  return {
    add({ method, headers, body }, noted) {
      const row: Row = {
        ...noted,
        method,
        headers: Buffer.from(JSON.stringify(within(headers))),
        body: Buffer.from(body.subarray(0, mostKept.bodyBytes)),
        bodyBytes: body.byteLength,
      };
      rows.push(row);
      bytes += sizeOf(row);
      while (rows.length > mostKept.requests || bytes > mostKept.bytes) bytes -= sizeOf(rows.shift()!);
    },
    after: (number) =>
      rows
        .filter((row) => row.number > number)
        .toReversed()
        .map((row) => ({ ...row, headers: JSON.parse(row.headers.toString()) as KeptRequest["headers"] })),
    get size() {
      return rows.length;
    },
  };
}

const sizeOf = ({ headers, body }: Row): number => headers.length + body.length + 200;

/** Whole headers, as many as fit. */
function within(headers: Arrival["headers"]): Arrival["headers"] {
  let room = mostKept.headerBytes;
  return headers.filter(([name, value]) => (room -= name.length + value.length) >= 0);
}
