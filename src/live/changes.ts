// Notes what changes in the engine while somebody watches: a set of names, however much happens. While nobody watches it hears
// nothing of the engine.

import type { BuildingModel } from "../building/building.ts";
import type { EngineEvents, OpenEvents } from "../model/engine-events.ts";
import type { SpaceLevel } from "../model/fact.ts";
import type { Observation } from "../model/observation.ts";
import type { Subscription } from "../model/subscription.ts";
import type { OrganizationChange, Organizations } from "../organizations/organizations.ts";
import type { Change, Changes, ChangesPort } from "./changes-port.ts";

export interface ChangesDeps {
  readonly listen: OpenEvents["listen"];
  readonly organizations: Pick<Organizations, "subscription" | "listen">;
  /** null: it has none. */
  readonly model: (organization: string) => Promise<BuildingModel | null>;
}

/** What is noted of an organization. Places by the names that the engine has for them; whose they are is asked later. */
interface Noted {
  readonly deliveries: Map<number, Subscription>;
  readonly subscriptions: Map<number, Subscription>;
  /** Sensors and hives that were heard, each in the words of its observation. */
  readonly heard: Set<string>;
  readonly lost: Map<string, { readonly level: SpaceLevel; readonly space: string }>;
  readonly changed: Set<string>;
  events: boolean;
  entries: boolean;
  model: boolean;
}

/** Subscriptions that were removed and are known still: what they were owed is cancelled afterwards. */
const mostGone = 1_000;

export function createChanges({ listen, organizations, model }: ChangesDeps): ChangesPort {
  const gone = new Map<number, Subscription>();
  let noted = new Map<string, Noted>();
  let leave: (() => void) | null = null;

  const of = (organization: string): Noted => {
    const known = noted.get(organization);
    if (known !== undefined) return known;
    const made = nothing();
    noted.set(organization, made);
    return made;
  };

  organizations.listen((organization, change) => {
    if (leave === null) return;
    for (const [number, subscription] of noteOrganization(of(organization), change)) gone.set(number, subscription);
    for (const number of gone.keys()) {
      if (gone.size <= mostGone) break;
      gone.delete(number);
    }
  });

  return {
    begin() {
      leave ??= listen(listener(of, (lane) => organizations.subscription(lane) ?? gone.get(lane)));
    },
    end() {
      leave?.();
      leave = null;
      noted = new Map();
      gone.clear();
    },
    async take() {
      const taken = noted;
      noted = new Map();
      return placed(taken, model);
    },
  };
}

const nothing = (): Noted => ({
  deliveries: new Map(),
  subscriptions: new Map(),
  heard: new Set(),
  lost: new Map(),
  changed: new Set(),
  events: false,
  entries: false,
  model: false,
});

function listener(
  of: (organization: string) => Noted,
  subscriptionOf: (lane: number) => Subscription | undefined,
): EngineEvents {
  const noteDeliveries = (subscription: Subscription): void =>
    void of(subscription.organization).deliveries.set(subscription.number, subscription);
  return {
    deliveriesWritten(lane) {
      const subscription = subscriptionOf(lane);
      if (subscription !== undefined) noteDeliveries(subscription);
    },
    superseded: noteDeliveries,
    laneChanged: (subscription) =>
      void of(subscription.organization).subscriptions.set(subscription.number, subscription),
    eventsWritten(organization, hasEntries) {
      const noted = of(organization);
      noted.events = true;
      if (hasEntries) noted.entries = true;
    },
    sensed(organization, observation) {
      const name = heardIn(observation);
      if (name === null) of(organization).entries = true;
      else of(organization).heard.add(name);
    },
    sensorChanged: (organization, change) =>
      void of(organization).changed.add("sensor" in change ? change.sensor : change.hive),
    spaceLost: (organization, level, space) => void of(organization).lost.set(`${level} ${space}`, { level, space }),
  };
}

/** The sensor or the hive that speaks; null: a panel. */
function heardIn(observation: Observation): string | null {
  if (observation.kind === "heartbeat") return observation.sensor ?? observation.hive ?? null;
  return "sensor" in observation ? observation.sensor : null;
}

/** Returns those that are there no longer, by lane. */
function noteOrganization(
  noted: Noted,
  { subscriptions, before, isNewModel }: OrganizationChange,
): ReadonlyMap<number, Subscription> {
  if (isNewModel) noted.model = true;
  const was = new Map(before.map((subscription) => [subscription.number, subscription]));
  for (const subscription of subscriptions) {
    // Whatever changes one dates it anew.
    const isSame = was.get(subscription.number)?.updatedAt === subscription.updatedAt;
    if (!isSame) noted.subscriptions.set(subscription.number, subscription);
    was.delete(subscription.number);
  }
  for (const [number, subscription] of was) noted.subscriptions.set(number, subscription);
  return was;
}

/** With buildings in place of what stands in them. What is in none by now changes nothing that anybody could read. */
async function placed(noted: ReadonlyMap<string, Noted>, modelOf: ChangesDeps["model"]): Promise<Changes> {
  const changes = new Map<string, Change>();
  for (const [organization, each] of noted) {
    const { heard, lost, changed, ...rest } = each;
    const hasPlaces = heard.size + lost.size + changed.size > 0;
    // A model that cannot be read shows nobody any count.
    const model = hasPlaces ? await modelOf(organization).catch(() => null) : null;
    const home = (name: string) => (model?.sensors.get(name) ?? model?.hives.get(name))?.floor.building.id;
    const lostIn = [...lost.values()].map(({ level, space }) => buildingOf(model, level, space));
    changes.set(organization, {
      ...rest,
      occupancy: known([...lostIn, ...[...heard].map(home)]),
      sensors: known([...changed].map(home)),
    });
  }
  return changes;
}

const known = (buildings: readonly (string | undefined)[]): ReadonlySet<string> =>
  new Set(buildings.filter((building) => building !== undefined));

function buildingOf(model: BuildingModel | null, level: SpaceLevel, space: string): string | undefined {
  if (level === "floor") return model?.floors.get(space)?.building.id;
  return (level === "room" ? model?.rooms : model?.zones)?.get(space)?.floor.building.id;
}
