// Inboxes: addresses of this server that keep what arrives and answer as they are told. All of it is in memory, bounded, and gone
// at a restart. Nothing here opens a connection, and whoever sends is never held up by it.

import type { Clock, Random } from "../clock.ts";
import { BelfryError } from "../errors.ts";
import type { Arrival, Inbox, KeptRequest } from "../model/inbox.ts";
import { newId } from "../model/ksuid.ts";
import { createAnswer } from "../failing-answer.ts";
import { type AnswerSettings, type ReceiverAnswer, usualAnswer } from "../model/receiver-answer.ts";
import type { Subscription } from "../model/subscription.ts";
import { prefixUnder, tokenIn, tokenLength } from "./address.ts";
import { createKeptRequests, type KeptRequests } from "./kept-requests.ts";
import { verifyArrival } from "./verify-arrival.ts";

export interface Inboxes {
  /** Whether the operator of this server allows them. */
  readonly isOn: boolean;
  /** Where this server is reached, without a slash at its end, once that is known. */
  servedAt(base: string): void;
  urlOf(token: string): string;
  /** The token in the URL of an inbox, whether there is one or not; null: it is another URL. */
  tokenOf(url: string): string | null;
  /** Throws CONFLICT where there are enough. */
  create(of: Pick<Inbox, "organization" | "scope" | "name">): Inbox;
  /** The newest first. */
  list(): readonly Inbox[];
  get(id: string): Inbox | null;
  /** null: there is none, or no more. */
  byToken(token: string): Inbox | null;
  /** Begins to count failures anew. null as above. */
  setAnswer(id: string, answer: AnswerSettings): Inbox | null;
  remove(id: string): void;
  organizationRemoved(organization: string): void;
  /** Those kept with a higher number, the newest first. */
  requests(id: string, after: number): readonly KeptRequest[];
  /** Keeps it and says how it is answered; null: there is no such inbox. */
  receive(token: string, arrival: Arrival): Promise<ReceiverAnswer | null>;
}

export interface InboxesDeps {
  readonly isOn: boolean;
  readonly clock: Pick<Clock, "now" | "monotonic">;
  readonly random: Random;
  /** The subscriptions of an organization that deliver to this URL. */
  readonly deliveringTo: (organization: string, url: string) => Promise<readonly Subscription[]>;
}

export const mostInboxes = { scope: 10, organization: 20, overall: 200 };
export const longestDelayMs = 30_000;
export const inboxLifeMs = 7 * 86_400_000;

interface Entry {
  inbox: Inbox;
  answer: (delivery: string) => ReceiverAnswer;
  readonly kept: KeptRequests;
  /** Monotonic ms. */
  readonly until: number;
}

const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

export function createInboxes({ isOn, clock, random, deliveringTo }: InboxesDeps): Inboxes {
  const byId = new Map<string, Entry>();
  const byToken = new Map<string, Entry>();
  let prefix: string | null = null;

  const drop = ({ inbox }: Entry): void => {
    byId.delete(inbox.id);
    byToken.delete(inbox.token);
  };
  const living = (entry: Entry | undefined): Entry | null => {
    if (entry === undefined || entry.until > clock.monotonic()) return entry ?? null;
    drop(entry);
    return null;
  };
  /** In the order in which they were made; what has ended goes. */
  const all = (): readonly Entry[] => [...byId.values()].filter((entry) => living(entry) !== null);

  const mustHaveRoom = ({ organization, scope }: Pick<Inbox, "organization" | "scope">): void => {
    const inboxes = all().map(({ inbox }) => inbox);
    const own = inboxes.filter((each) => each.organization === organization);
    const same = own.filter((each) => JSON.stringify(each.scope) === JSON.stringify(scope));
    if (same.length < mostInboxes.scope && own.length < mostInboxes.organization) {
      if (inboxes.length < mostInboxes.overall) return;
      throw new BelfryError("CONFLICT", `This server has ${inboxes.length} inboxes, which is the limit. Try later.`);
    }
    const many = same.length >= mostInboxes.scope ? same.length : own.length;
    throw new BelfryError("CONFLICT", `There are ${many} inboxes already, which is the limit. Remove one.`);
  };

  const keep = async (entry: Entry, arrival: Arrival): Promise<ReceiverAnswer> => {
    const { sender, headers } = arrival;
    const at = clock.now();
    const url = `${prefix}${entry.inbox.token}`;
    // Whatever cannot be read must not fail a delivery.
    const signers = sender === null ? [] : await deliveringTo(sender, url).catch(() => []);
    const answered = entry.answer(valueOf(headers, "belfry-delivery") || valueOf(headers, "webhook-id"));
    const number = entry.inbox.received + 1;
    entry.inbox = { ...entry.inbox, received: number };
    const verification = verifyArrival(arrival, signers, at);
    entry.kept.add(arrival, { number, at, isFromInside: sender !== null, answered, verification });
    return answered;
  };

  return {
    isOn,
    servedAt: (base) => void (prefix = prefixUnder(base)),
    urlOf: (token) => `${prefix}${token}`,
    tokenOf: (url) => (prefix === null ? null : tokenIn(url, prefix)),
    create({ organization, scope, name }) {
      mustHaveRoom({ organization, scope });
      const createdAt = clock.now();
      const id = newId("inbox", createdAt, random.bytes(16));
      const expiresAt = createdAt + inboxLifeMs;
      const token = newToken(random);
      const inbox = { id, token, organization, scope, name, answer: usualAnswer, createdAt, expiresAt, received: 0 };
      const kept = createKeptRequests();
      const entry = { inbox, answer: createAnswer(usualAnswer), kept, until: clock.monotonic() + inboxLifeMs };
      byId.set(id, entry);
      byToken.set(token, entry);
      return inbox;
    },
    list: () =>
      all()
        .map(({ inbox }) => inbox)
        .toReversed(),
    get: (id) => living(byId.get(id))?.inbox ?? null,
    byToken: (token) => living(byToken.get(token))?.inbox ?? null,
    setAnswer(id, answer) {
      const entry = living(byId.get(id));
      if (entry === null) return null;
      entry.inbox = { ...entry.inbox, answer };
      entry.answer = createAnswer(answer);
      return entry.inbox;
    },
    remove(id) {
      const entry = byId.get(id);
      if (entry !== undefined) drop(entry);
    },
    organizationRemoved(organization) {
      for (const entry of all()) if (entry.inbox.organization === organization) drop(entry);
    },
    requests: (id, after) => living(byId.get(id))?.kept.after(after) ?? [],
    async receive(token, arrival) {
      const entry = living(byToken.get(token));
      return entry === null ? null : keep(entry, arrival);
    },
  };
}

const valueOf = (headers: Arrival["headers"], name: string): string =>
  headers.find(([each]) => each.toLowerCase() === name)?.[1] ?? "";

/** 190 bits, in letters and digits of equal chance. */
function newToken(random: Random): string {
  let token = "";
  while (token.length < tokenLength) {
    for (const byte of random.bytes(64)) {
      if (byte < 248 && token.length < tokenLength) token += digits[byte % 62];
    }
  }
  return token;
}
