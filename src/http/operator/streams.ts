// Streams of changes that are open: what each is told and when it ends. On every beat each is asked anew who it belongs to, told
// what its key may read of what changed, and otherwise kept awake now and then. Whatever a stream could not be told makes it
// begin anew: nothing is kept for it. While none is open there are no beats.

import { Readable } from "node:stream";
import type { Cancel, Clock } from "../../clock.ts";
import { BelfryError } from "../../errors.ts";
import type { Changes, ChangesPort } from "../../live/changes-port.ts";
import type { Principal } from "../../model/principal.ts";
import type { Service } from "../../service.ts";
import type { OperatorDeps } from "./deps.ts";
import { type Heard, heardOf, type Wanted } from "./stream-topics.ts";
import { iso } from "./time.ts";

export interface StreamLimits {
  readonly perKey: number;
  /** Of keys of one organization. */
  readonly perOrganization: number;
  readonly inAll: number;
}

export const streamLimits: StreamLimits = { perKey: 64, perOrganization: 256, inAll: 1_024 };

export interface Streams extends Service {
  /** `whoNow`: whose it is, asked again and again; null ends it. Throws TOO_MANY_REQUESTS and UNAVAILABLE. */
  open(who: Principal, wanted: Wanted, whoNow: () => Promise<Principal | null>): Readable;
}

export interface StreamsDeps extends Pick<OperatorDeps, "place"> {
  readonly changes: ChangesPort;
  readonly clock: Clock;
  readonly limits?: StreamLimits;
  /** Other processes know of changes that are not told here: `hello` says so. */
  readonly isPartial?: boolean;
}

/** ms, while nothing changes, and behind a beat that told something. A change is told within one, and so a key ends that was
 * revoked. */
const [beatMs, busyBeatMs] = [250, 500];
/** Proxies end connections on which nothing moves, ms. */
const silenceMs = 15_000;
/** How long a client may leave unread what waits for it, ms. */
const unreadMs = 30_000;
/** After which a browser connects again, ms. */
const againMs = 2_000;

interface Stream {
  readonly out: Readable;
  readonly wanted: Wanted;
  readonly whoNow: () => Promise<Principal | null>;
  readonly key: string;
  readonly organization: string | null;
  /** It has missed something, or has heard nothing yet. */
  mustBegin: boolean;
  isBusy: boolean;
  /** Monotonic: since when its client does not read; null: it does. */
  fullSince: number | null;
  lastAt: number;
}

/** What is told to all streams that hear the same, worked out once in a beat. */
type Telling = Map<string, Promise<string>>;

export function createStreams(deps: StreamsDeps): Streams {
  const { changes, clock, place, isPartial = false, limits = streamLimits } = deps;
  const open = new Set<Stream>();
  let cancel: Cancel | null = null;
  let stopped = false;

  const arm = (ms: number): void => {
    // The last stream may have gone, and another come, while changes were taken.
    cancel?.();
    cancel = clock.after(ms, () => void beat());
  };

  const beat = async (): Promise<void> => {
    const changed = await changes.take();
    const telling: Telling = new Map();
    for (const stream of open) void tell(stream, changed, telling);
    if (open.size > 0) arm(changed.size > 0 ? busyBeatMs : beatMs);
  };

  const textFor = (who: Principal, wanted: Wanted, changed: Changes, telling: Telling): Promise<string> => {
    const name = JSON.stringify([who, wanted]);
    const known = telling.get(name);
    if (known !== undefined) return known;
    const text = heardOf({ place }, who, wanted, changed).then((all) => all.map(changedText).join(""));
    telling.set(name, text);
    return text;
  };

  async function tell(stream: Stream, changed: Changes, telling: Telling): Promise<void> {
    if (stream.isBusy) {
      stream.mustBegin = true;
      return;
    }
    stream.isBusy = true;
    try {
      const who = await stream.whoNow();
      if (who === null || isStuck(stream)) return close(stream);
      const text = changed.size === 0 ? "" : await textFor(who, stream.wanted, changed, telling);
      if (stream.fullSince !== null) stream.mustBegin ||= text !== "";
      else if (stream.mustBegin) begin(stream);
      else if (text !== "") write(stream, text);
      else if (clock.monotonic() - stream.lastAt >= silenceMs) write(stream, ":\n\n");
    } catch {
      // Such as a store that cannot be read for the moment.
      stream.mustBegin = true;
    } finally {
      stream.isBusy = false;
    }
  }

  const isStuck = ({ fullSince }: Stream): boolean => fullSince !== null && clock.monotonic() - fullSince >= unreadMs;

  function begin(stream: Stream): void {
    stream.mustBegin = false;
    const hello = { at: iso(clock.now()), topics: stream.wanted.topics, ...(isPartial && { partial: true }) };
    write(stream, `event: hello\ndata: ${JSON.stringify(hello)}\n\n`);
  }

  function write(stream: Stream, text: string): void {
    if (!open.has(stream)) return;
    stream.lastAt = clock.monotonic();
    if (!stream.out.push(text)) stream.fullSince = stream.lastAt;
  }

  function close(stream: Stream): void {
    if (!forget(stream)) return;
    // What nobody reads would never end.
    if (stream.fullSince === null) stream.out.push(null);
    else stream.out.destroy();
  }

  function forget(stream: Stream): boolean {
    if (!open.delete(stream)) return false;
    if (open.size === 0) {
      cancel?.();
      changes.end();
    }
    return true;
  }

  function mustHaveRoom({ key, organization }: Principal): void {
    if (stopped) throw new BelfryError("UNAVAILABLE", "Belfry is stopping. Open the stream again in a moment.");
    const all = [...open];
    const isFull =
      all.length >= limits.inAll ||
      all.filter((each) => each.key === key).length >= limits.perKey ||
      (organization !== null &&
        all.filter((each) => each.organization === organization).length >= limits.perOrganization);
    if (!isFull) return;
    throw new BelfryError(
      "TOO_MANY_REQUESTS",
      "Too many streams of this key, its organization or the server are open. Close one, or read the lists instead.",
    );
  }

  return {
    open(who, wanted, whoNow) {
      mustHaveRoom(who);
      const out = new Readable({
        read: () => void (stream.fullSince = null),
        destroy(error, done) {
          forget(stream);
          done(error);
        },
      });
      const { key, organization } = who;
      const own = { out, wanted, whoNow, key, organization, lastAt: clock.monotonic() };
      const stream: Stream = { ...own, mustBegin: false, isBusy: false, fullSince: null };
      if (open.size === 0) {
        changes.begin();
        arm(beatMs);
      }
      open.add(stream);
      out.push(`retry: ${againMs}\n\n`);
      begin(stream);
      return out;
    },
    start: async () => undefined,
    async stop() {
      stopped = true;
      for (const stream of open) close(stream);
    },
  };
}

const changedText = (heard: Heard): string => `event: changed\ndata: ${JSON.stringify(heard)}\n\n`;
