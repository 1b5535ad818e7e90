// The numbers of every organization, joined from what sensing knows now, what the store keeps and what the observation log
// holds. It reads; what changes sensing is handed to the log processor, so that nothing races with it.

import type { BuildingModel } from "../building/building.ts";
import { BelfryError } from "../errors.ts";
import { minuteMs } from "../model/minute.ts";
import { type Sensing, silentMs } from "../sensing/sensing.ts";
import { type ExplainDeps, explainSpace } from "./explain-space.ts";
import { allSpaces, spacesNamed } from "./find-spaces.ts";
import { keptFrom } from "./kept-log.ts";
import type { NumbersPort, Space } from "./numbers-port.ts";
import { pageIn } from "./ordered.ts";
import { checkRange, mostWaiting } from "./recompute.ts";
import { spacesNow } from "./space-now.ts";
import { isIn, statusOf, thingsOf } from "./watched.ts";

export interface NumbersDeps extends ExplainDeps {
  /** null: the organization has no building model. */
  readonly model: (organization: string) => Promise<BuildingModel | null>;
  readonly sensing: (organization: string) => Sensing | undefined;
  /** Changes sensing between two batches of the log; null: no building model. */
  readonly act: <Result>(
    organization: string,
    work: (sensing: Sensing, now: number) => Result,
  ) => Promise<Result | null>;
}

/** Explanations worked out at once; of one organization one. */
const mostExplained = 4;
const mostMinutes = 10_080;

export function createNumbers(deps: NumbersDeps): NumbersPort {
  const { model, sensing, act, history, clock } = deps;
  const explaining = new Set<string>();
  // Lists are asked for page by page, and made once for each model.
  const spacesOf = perModel(allSpaces);
  const things = perModel(thingsOf);

  /** Of a space that was found. */
  const modelOf = async ({ organization }: Space): Promise<BuildingModel> => {
    const found = await model(organization);
    if (found === null) throw new BelfryError("NOT_FOUND", "The building model of this space is gone.");
    return found;
  };

  /** The moment that the live count of a floor speaks of. */
  const liveAt = ({ organization, floor }: Space): number => {
    const now = clock.now();
    const at = sensing(organization)?.presence.live(floor)?.time() ?? -Infinity;
    return at > now - silentMs ? Math.min(at, now) : now;
  };

  return {
    async find(organization, name) {
      const found = await model(organization);
      return found === null ? [] : spacesNamed(found, name);
    },
    async spaces(organization, buildings, page) {
      const found = await model(organization);
      if (found === null) return null;
      return pageIn(spacesOf(found), page, ({ building }) => buildings?.includes(building) ?? true);
    },
    async now(spaces) {
      const [first] = spaces;
      if (first === undefined) return [];
      return spacesNow(spaces, await modelOf(first), sensing(first.organization));
    },
    async minutes({ organization, level, id }, estimate, from, until) {
      const isPresence = estimate === "presence";
      if (!isPresence && level === "zone") return [];
      const series = isPresence ? "presence" : "traffic_occupancy";
      const query = { organization, series, subject: isPresence ? `${level}:${id}` : id, from, until } as const;
      const items = [];
      for (let after: number | null = null; ; ) {
        const page = await history.minutes({ ...query, limit: mostMinutes, after });
        items.push(...page.items);
        if (page.after === null) return items;
        after = page.after;
      }
    },
    async explain(space, at) {
      if (at !== null && at > clock.now()) throw invalid("at", "at must not be later than now.");
      if (explaining.has(space.organization) || explaining.size >= mostExplained) {
        throw new BelfryError("TOO_MANY_REQUESTS", "Another count is being explained. Ask again in a few seconds.");
      }
      explaining.add(space.organization);
      try {
        const known = sensing(space.organization);
        return await explainSpace(deps, space, await modelOf(space), known, at ?? liveAt(space));
      } finally {
        explaining.delete(space.organization);
      }
    },
    async recompute({ organization, floor }, from, until) {
      checkRange(from, until, clock.now(), await keptFrom(deps.ledger));
      const minutes = (until - from) / minuteMs;
      const waiting = await act(organization, ({ presence }, now) => {
        const before = presence.recompute(floor, from, from, now);
        return before + minutes > mostWaiting ? null : presence.recompute(floor, from, until, now);
      });
      if (waiting !== null) return { floor, minutes, waiting };
      throw new BelfryError(
        "CONFLICT",
        `At most ${mostWaiting} minutes of a floor wait to be computed. Ask again when those asked for before are done.`,
      );
    },
    async setPoint({ organization, level, id }, at, count) {
      if (level === "zone") throw invalid("space", "A zone has no doors: set the count of its room or its floor.");
      if (at > clock.now()) throw invalid("at", "at must not be later than now.");
      const isSet = await act(organization, ({ trafficOccupancy }) => {
        if (trafficOccupancy.current(id) === null) return "no door";
        return trafficOccupancy.setPoint(id, at, count) ? "set" : "too early";
      });
      if (isSet === "set") return;
      if (isSet === "too early") {
        throw invalid(
          "at",
          "at lies before counting began, or more than five minutes before the last finished minute.",
        );
      }
      throw invalid("space", "No door of this space was heard yet, so it has no traffic occupancy to set.");
    },
    async watched(organization, where, page) {
      const found = await model(organization);
      if (found === null) return null;
      const { items, after } = pageIn(things(found), page, (thing) => isIn(thing, where));
      return { items: items.map((thing) => statusOf(thing, found, sensing(organization))), after };
    },
  };
}

function perModel<Made>(make: (model: BuildingModel) => Made): (model: BuildingModel) => Made {
  const made = new WeakMap<BuildingModel, { readonly value: Made }>();
  return (model) => {
    let known = made.get(model);
    if (known === undefined) made.set(model, (known = { value: make(model) }));
    return known.value;
  };
}

const invalid = (path: string, message: string): BelfryError =>
  new BelfryError("INVALID", message, { problems: [{ path, code: "INVALID", message }] });
