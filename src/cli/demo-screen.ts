// What the demo shows: counts by type, the last deliveries, the simulated time. Pure text; the demo decides when to draw.

import type { ReceivedDelivery, Verification } from "./inbox.ts";
import { deliveryLine } from "./delivery-line.ts";

export interface ScreenTally {
  readonly verdicts: Record<Verification, number>;
  /** Good deliveries by type: all, and as of a second ago. */
  readonly types: Map<string, { total: number; before: number; rate: number }>;
  readonly last: ReceivedDelivery[];
  /** The first good one, and the last one of an entry by "You", as the welcome's curl line makes it. */
  first: ReceivedDelivery | null;
  yours: ReceivedDelivery | null;
  observations: number;
  rejected: number;
}

const lastKept = 8;

/** Who opens a door by hand. */
export const yourName = "You";

export function createTally(): ScreenTally {
  return {
    verdicts: { ok: 0, duplicate: 0, unverified: 0, bad_signature: 0 },
    types: new Map(),
    last: [],
    first: null,
    yours: null,
    observations: 0,
    rejected: 0,
  };
}

export function count(tally: ScreenTally, received: ReceivedDelivery): void {
  tally.verdicts[received.verdict]++;
  if (received.verdict === "ok") {
    const type = tally.types.get(received.type) ?? { total: 0, before: 0, rate: 0 };
    type.total++;
    tally.types.set(received.type, type);
    tally.first ??= received;
    if (received.subject === yourName) tally.yours = received;
  }
  tally.last.push(received);
  if (tally.last.length > lastKept) tally.last.shift();
}

/** Once a second: what came in since the last time. */
export function measure(tally: ScreenTally): void {
  for (const type of tally.types.values()) {
    type.rate = type.total - type.before;
    type.before = type.total;
  }
}

const ratesOf = (tally: ScreenTally): number => [...tally.types.values()].reduce((sum, type) => sum + type.rate, 0);

/** The picture that is redrawn in place: never higher than the terminal, or what scrolled away would stay. */
export function screen(tally: ScreenTally, simulated: string, columns: number, rows: number): readonly string[] {
  const types = [...tally.types].toSorted(([a], [b]) => a.localeCompare(b));
  const lines = [
    `It is ${simulated}.`,
    counted(tally),
    ...flaws(tally),
    "",
    ...types.map(
      ([type, { total, rate }]) => `  ${type.padEnd(22)} ${String(total).padStart(8)}  ${String(rate).padStart(6)}/s`,
    ),
    "",
  ];
  if (tally.yours !== null) lines.push(`Yours: ${deliveryLine(tally.yours)}`);
  const room = rows - 1 - lines.length;
  lines.push(...(room > 0 ? tally.last.slice(-room).map((each) => deliveryLine(each)) : []));
  return lines.slice(0, Math.max(1, rows - 1)).map((line) => line.slice(0, Math.max(20, columns - 1)));
}

/** One line a second where nothing can be redrawn; before it the first delivery and your own, once each. */
export function createPlain(tally: ScreenTally): (simulated: string) => readonly string[] {
  let told: readonly (ReceivedDelivery | null)[] = [];
  return (simulated) => {
    const news = [
      ["First delivery", tally.first],
      ["Yours", tally.yours],
    ] as const;
    const lines = news.flatMap(([title, received]) =>
      received === null || told.includes(received) ? [] : [`${title}: ${deliveryLine(received)}`],
    );
    told = [tally.first, tally.yours];
    return [...lines, plainLine(tally, simulated)];
  };
}

function plainLine(tally: ScreenTally, simulated: string): string {
  const types = [...tally.types].filter(([, { rate }]) => rate > 0).map(([type, { rate }]) => `${type} ${rate}`);
  return `${simulated}  ${summary(tally)}, ${ratesOf(tally)}/s${types.length === 0 ? "" : `  ${types.join(" ")}`}`;
}

export function summary(tally: ScreenTally): string {
  return [counted(tally), ...flaws(tally)].join(", ");
}

function counted({ observations, verdicts }: ScreenTally): string {
  return `${observations} observations in, ${verdicts.ok} webhooks received and verified`;
}

/** What should not have happened, if anything did. */
function flaws({ verdicts, rejected }: ScreenTally): readonly string[] {
  const { duplicate, unverified, bad_signature } = verdicts;
  return [
    ...(duplicate > 0 ? [`${duplicate} duplicates`] : []),
    ...(unverified > 0 ? [`${unverified} not verified`] : []),
    ...(bad_signature > 0 ? [`${bad_signature} WITH A BAD SIGNATURE`] : []),
    ...(rejected > 0 ? [`${rejected} observations rejected`] : []),
  ];
}
