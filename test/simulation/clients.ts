// Clients that send events and observations in bursts, and send them again until they have an answer. What they are told
// is judged at once.

import type { IngestItem } from "../../src/ingest/ingest-port.ts";
import type { Principal } from "../../src/model/principal.ts";
import type { House } from "./fixture.ts";
import type { Offer, Offers } from "./offers.ts";
import { siteOf } from "./place.ts";
import { minute, second } from "./profile.ts";
import type { World } from "./world.ts";

export const operator: Principal = { key: "key_1", role: "operator", organization: null, targets: [] };

export interface Clients {
  /** Plans all offers of the storm, which ends after `ms`; returns when the bursts come. */
  plan(ms: number): readonly number[];
  /** Offers a few more. */
  burst(): void;
  /** Requests that wait for an answer. */
  open(): number;
}

const nobody = { organization: null, building: null, unit: null, tenant: null };

export function createClients(world: World, house: House, offers: Offers): Clients {
  const { timeline, judge, profile } = world;
  const random = world.random("clients");
  let open = 0;

  /** One request: offers of one kind and dialect. */
  async function send(batch: readonly Offer[], patience: number): Promise<void> {
    const [first] = batch as [Offer];
    const texts = batch.map(({ texts }) => random.pick(texts));
    const items: IngestItem[] = texts.map((text) => ({ text, value: JSON.parse(text) as unknown }));
    open++;
    const answer = await house.ask(({ acceptor }) =>
      first.kind === "event"
        ? acceptor.events(first.dialect, items, nobody, operator)
        : acceptor.observations(items, operator),
    );
    open--;
    if (answer === null || "error" in answer) {
      world.trace(`request ${first.id}… ${answer === null ? "cut" : String(answer.error)}`);
      if (patience > 0) {
        const pause = random.pick([second, 10 * second, 10 * minute]) * random.between(0.5, 1.5);
        timeline.after(pause, () => void send(batch, patience - 1));
      }
      return;
    }
    const { accepted, duplicates, rejected } = answer.result;
    world.trace(`request ${first.id}… ${accepted} accepted, ${duplicates} duplicates, ${rejected.length} rejected`);
    judge.check(
      accepted + duplicates + rejected.length === batch.length,
      1,
      () => `of ${batch.length} offers ${accepted} + ${duplicates} + ${rejected.length} were answered`,
    );
    const refused = new Map(rejected.map(({ index, code }) => [index, code]));
    for (const [index, offer] of batch.entries()) {
      const code = refused.get(index);
      if (code === undefined) {
        judge.check(isKept(offer, texts[index]!), 1, () => `${offer.id} was acknowledged and is not in the ledger`);
      } else {
        const isReused = code === "ID_REUSED" && offer.accepted !== null && offer.accepted !== texts[index];
        const isFuture = code === "TOO_FAR_IN_FUTURE" && profile.jumps > 0;
        judge.check(isReused || isFuture, 1, () => `${offer.id} was rejected: ${code}`);
      }
    }
    // Some senders never believe what they are told.
    if (random.chance(0.1)) timeline.after(random.between(0, minute), () => void send(batch, 0));
  }

  const isKept = (offer: Offer, text: string): boolean =>
    offer.kind === "event" ? offer.accepted === text : [...offers.log.values()].includes(offer);

  function burst(): void {
    const site = siteOf(random.whole(1, profile.organizations));
    const made = Array.from({ length: random.whole(1, profile.burst) }, () => offers.make(site, timeline.wall()));
    const groups = Map.groupBy(made, ({ dialect, kind }) => `${dialect} ${kind}`);
    for (const group of groups.values()) {
      for (let left = group; left.length > 0; ) {
        const batch = left.slice(0, random.whole(1, 6));
        left = left.slice(batch.length);
        const [spoilt] = batch as [Offer];
        if (spoilt.kind === "event" && random.chance(0.05)) offers.spoil(spoilt);
        timeline.after(random.pick([0, 0, 5, second]) * random.fraction(), () => void send(batch, 8));
      }
    }
  }

  return {
    burst,
    open: () => open,
    plan(ms) {
      // Most early, so that what fails at first has the time of the storm to be tried again.
      const times = Array.from({ length: profile.bursts }, () => ms * random.fraction() ** 1.5);
      for (const time of times) timeline.after(time, burst);
      return times;
    },
  };
}
