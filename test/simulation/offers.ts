// What clients offer, and who must get it: drawn from the seed, and remembered for the oracle. Matching is worked out here
// in the plainest way, from the place that was meant when the payload was written.

import type { DialectName } from "../../src/model/event.ts";
import type { Subscription } from "../../src/model/subscription.ts";
import type { SeededRandom } from "../../src/simulator/random.ts";
import type { NewEvent, NewObservation } from "../../src/store/acceptance.ts";
import type { Site } from "./place.ts";
import { organization as hall } from "./sensing/hall.ts";

/** One thing that happened, under one id. */
export interface Offer {
  readonly id: string;
  readonly dialect: DialectName;
  readonly organization: string;
  readonly kind: "event" | "observation";
  /** As it goes into the request; a second text under the same id is a mistake of the sender. */
  readonly texts: string[];
  /** The body that was accepted; null: none yet. */
  accepted: string | null;
  /** The variant under which this subscription takes it; null: it does not. */
  variantFor(subscription: Subscription): number | null;
}

export interface Offers {
  make(site: Site, wall: number): Offer;
  /** The same id with other content. */
  spoil(offer: Offer): void;
  accepting(organization: string, event: NewEvent): Offer | null;
  /** The offer of the observation from which this event was derived. */
  observed(organization: string, event: NewEvent): Offer | null;
  logged(position: number, observation: NewObservation): void;
  /** Observations that must have become events, by position. */
  readonly log: ReadonlyMap<number, Offer>;
  readonly all: readonly Offer[];
}

/** What a payload is about. */
interface About {
  readonly dialect: DialectName;
  readonly type: string;
  /** null: the hall. */
  readonly site: Site | null;
  readonly room: string | null;
  readonly tenant: string | null;
  readonly resource: string | null;
}

export const roomTypes = ["ROOM_OCCUPANCY", "PIR_MOTION", "ROOM_OCCUPANCY_1MIN"] as const;

export function createOffers(random: SeededRandom): Offers {
  const all: Offer[] = [];
  const byId = new Map<string, Offer>();
  const log = new Map<number, Offer>();
  const derived = new Map<string, Offer>();
  let last = 0;

  function keep(about: About, kind: Offer["kind"], id: string, text: string): Offer {
    const { organization } = about.site!;
    const offer: Offer = {
      id,
      dialect: about.dialect,
      organization,
      kind,
      texts: [text],
      accepted: null,
      variantFor: (subscription) => variantFor(subscription, about),
    };
    all.push(offer);
    byId.set(`${organization} ${kind} ${id}`, offer);
    return offer;
  }

  function roomEvent(site: Site, wall: number): Offer {
    const type = random.pick(roomTypes);
    const room = random.pick(site.rooms);
    const id = `event_${++last}`;
    const data = type === "PIR_MOTION" ? "" : `,"data":${random.whole(0, 3)}.0`;
    const metadata = `{"org_id":"${site.organization}","site_id":"${site.site}","building_id":"${site.building}","floor_id":"${site.floor}","room_id":"${room}"}`;
    const text = `{"id":"${id}","type":"${type}","timestamp":${Math.floor(wall)},"note":"${last} \\u00fc ä","metadata":${metadata}${data}}`;
    return keep({ dialect: "butlr", type, site, room, tenant: null, resource: null }, "event", id, text);
  }

  function entry(site: Site, wall: number): Offer {
    const tenant = random.chance(0.5) ? random.pick(site.tenants) : null;
    const id = `${++last}`;
    const logged = new Date(wall).toISOString();
    const whose = tenant === null ? "" : `,"tenant_id":"${tenant}"`;
    const text = `{"event":{"resource_type":"access_log","action":"create","data":{"id":${id},"logged_at":"${logged}","building_id":"${site.building}","access_point":${site.doorNumber},"release_status":"Unlocked"${whose}}}}`;
    const about: About = {
      dialect: "butterflymx",
      type: "access_log.create",
      site,
      room: null,
      tenant,
      resource: site.door,
    };
    return keep(about, "event", id, text);
  }

  function passage(site: Site, wall: number): Offer {
    const place = random.whole(0, 1);
    const id = `observation_${++last}`;
    const text = `{"id":"${id}","kind":"traffic","sensor":"${site.counters[place]}","at":${Math.floor(wall)},"in":${last},"out":0}`;
    const about: About = {
      dialect: "butlr",
      type: "TRAFFIC",
      site,
      room: site.isCounted ? site.rooms[place]! : null,
      tenant: null,
      resource: null,
    };
    return keep(about, "observation", id, text);
  }

  /** What sensing concludes; whether it is true, others judge. */
  function derivedOf(organization: string, { dialect, type, key, body }: NewEvent): Offer {
    const name = `${organization} ${key!}`;
    const known = derived.get(name);
    if (known !== undefined) return known;
    const { metadata } = JSON.parse(body) as { readonly metadata: { readonly room_id?: string } };
    const about = { dialect, type, room: metadata.room_id ?? null, tenant: null, resource: null, site: null };
    const offer: Offer = {
      id: key!,
      dialect,
      organization,
      kind: "observation",
      texts: [body],
      accepted: null,
      variantFor: (subscription) => variantFor(subscription, about),
    };
    derived.set(name, offer);
    return offer;
  }

  return {
    all,
    log,
    make(site, wall) {
      const kind = random.fraction();
      return kind < 0.5 ? roomEvent(site, wall) : kind < 0.8 ? entry(site, wall) : passage(site, wall);
    },
    spoil(offer) {
      const [text] = offer.texts as [string];
      offer.texts.push(`${text.slice(0, 1)}"spoilt":true,${text.slice(1)}`);
    },
    accepting(organization, event) {
      const offer = byId.get(`${organization} event ${event.idempotencyKey?.id}`);
      return offer !== undefined && offer.dialect === event.dialect && offer.texts.includes(event.body) ? offer : null;
    },
    observed(organization, event) {
      if (organization === hall || event.type.endsWith("_HEALTH")) return derivedOf(organization, event);
      const offer = log.get(Number(event.key?.split("#")[1]));
      if (offer?.organization !== organization) return null;
      const { in: passed } = JSON.parse(offer.texts[0]!) as { readonly in: number };
      const { data } = JSON.parse(event.body) as { readonly data: { readonly in: number } };
      return data.in === passed ? offer : null;
    },
    logged(position, { organization, idempotencyKey: input }) {
      const offer = byId.get(`${organization} observation ${input?.id}`);
      if (offer !== undefined) log.set(position, offer);
    },
  };
}

function variantFor(subscription: Subscription, about: About): number | null {
  const { site } = about;
  const { scope, filters, dialect, bindings } = subscription;
  if (dialect !== about.dialect) return null;
  if (scope.kind === "building" && scope.id !== site?.building) return null;
  if (scope.kind === "tenant" && scope.id !== about.tenant) return null;
  if (filters?.room_ids !== undefined && (about.room === null || !filters.room_ids.includes(about.room))) return null;
  const binding = bindings.find(
    ({ type, resource }) => type === about.type && (resource === null || resource === about.resource),
  );
  return binding?.variant ?? null;
}
