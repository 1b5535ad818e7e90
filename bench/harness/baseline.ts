// What delivery is measured against: a bare loop of undici's `request` that POSTs the same bytes over the same number of
// HTTPS connections to the same receiver, and keeps nothing.

import { Pool } from "undici";
import { eventText } from "./events.ts";
import { moment } from "./figures.ts";

export interface Baseline {
  readonly origin: string;
  readonly ca: string;
  readonly connections: number;
  readonly requests: number;
}

/** As long as those that Belfry sends. */
const headers = {
  "content-type": "application/json",
  "user-agent": "Belfry/0.1.0",
  "webhook-id": "event_0000000000",
  "webhook-timestamp": "1727735832",
  "webhook-signature": "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
  "belfry-attempt": "1",
  "belfry-delivery": "delivery_100000",
};

/** Requests per second. */
export async function runBaseline({ origin, ca, connections, requests }: Baseline): Promise<number> {
  const pool = new Pool(origin, { connections, pipelining: 1, allowH2: false, connect: { ca } });
  let left = requests;
  const post = async (): Promise<void> => {
    while (left > 0) {
      const number = left--;
      const { statusCode, body } = await pool.request({
        method: "POST",
        path: `/hook/${number % 64}`,
        headers,
        body: eventText("org_000000", number),
      });
      if (statusCode !== 200) throw new Error(`the receiver answered ${statusCode}`);
      await body.dump();
    }
  };
  const begun = moment();
  await Promise.all(Array.from({ length: connections }, post));
  const seconds = (moment() - begun) / 1000;
  await pool.close();
  return requests / seconds;
}
