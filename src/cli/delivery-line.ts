// How `listen` and the demo print a delivery that arrived. Pure.

import type { ReceivedDelivery, Verification } from "./local-receiver.ts";
import { printable } from "./printable.ts";

const words: Record<Verification, string> = {
  ok: "ok",
  duplicate: "duplicate",
  unverified: "not verified",
  bad_signature: "BAD SIGNATURE",
};

/** An alert is a sentence or two. */
const longestValue = 400;

/** `12:30:01.250  ROOM_OCCUPANCY  Cherry Falls  4 people  ok, attempt 2, answered 503`. `from`: the subscription, where several
 * may be meant. */
export function deliveryLine(received: ReceivedDelivery, { from }: { readonly from?: string } = {}): string {
  const { at, type, subject, value, body } = received;
  const time = new Date(at).toISOString().slice(11, 23);
  const said = value === "" && type === "?" ? printable(body, 120) : printable(value, longestValue);
  const columns = [time, from, printable(type, 40), printable(subject, 40) || "-", said, outcome(received)];
  return columns.filter((column) => column !== undefined && column !== "").join("  ");
}

function outcome({ verdict, reason, attempt, status }: ReceivedDelivery): string {
  const word = reason === null ? words[verdict] : `${words[verdict]} (${printable(reason)})`;
  const more = [
    ...(attempt > 1 ? [`attempt ${attempt}`] : []),
    ...(status === 204 || verdict === "bad_signature" ? [] : [`answered ${status}`]),
  ];
  return [word, ...more].join(", ");
}

/** The path, the headers as they came, and the body, with line breaks where it is JSON. */
export function fullLines({ path, headers, body }: ReceivedDelivery): readonly string[] {
  const lines = [`POST ${path}`];
  for (let index = 0; index < headers.length; index += 2) lines.push(`${headers[index]}: ${headers[index + 1]}`);
  return [...lines, "", ...pretty(body).split("\n"), ""].map((line) => `    ${printable(line, Infinity)}`.trimEnd());
}

function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
