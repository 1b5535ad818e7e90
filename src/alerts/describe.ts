// What an alert says of a matter: names, place and owner, looked up when it is told. null: it is gone, and there is nothing to tell.

import { homeOf } from "../building/home-of.ts";
import type { BuildingModel, Floor } from "../building/building.ts";
import type { AlertKind } from "../model/alert.ts";
import type { Subscription } from "../model/subscription.ts";
import type { AlertItem } from "./item.ts";
import type { Facts, Subject } from "./matters.ts";

export interface Known {
  readonly organization: (id: string) => Promise<{
    readonly id: string;
    readonly name: string;
    readonly model: BuildingModel | null;
  } | null>;
  readonly subscription: (lane: number) => Subscription | undefined;
}

export interface Described {
  readonly key: string;
  readonly subject: Subject;
  readonly since: number;
  readonly facts: Facts;
}

export async function describe(
  { key, subject, since, facts }: Described,
  { kind, isRepeat }: { readonly kind: AlertKind; readonly isRepeat: boolean },
  known: Known,
): Promise<AlertItem | null> {
  const { type, id, number } = subject;
  const bare = { key, kind, isRepeat, type, id, since, facts, name: null, place: null, building: null, tenant: null };
  if (subject.organization === null) return { ...bare, organization: null };
  const found = await known.organization(subject.organization);
  if (found === null) return null;
  const organization = { id: found.id, name: found.name };
  if (type !== "subscription") {
    const place = placeOf(found.model, subject);
    return place === undefined ? null : { ...bare, organization, place };
  }
  const subscription = known.subscription(number);
  return subscription === undefined
    ? null
    : { ...bare, organization, name: nameOf(subscription), ...ownerOf(subscription, found.model) };
}

/** undefined: the building model no longer has it. */
function placeOf(model: BuildingModel | null, { type, id }: Subject): string | undefined {
  const sensor = type === "sensor" ? model?.sensors.get(id) : undefined;
  if (sensor !== undefined) return [sensor.room?.name, floorName(sensor.floor)].filter((each) => each).join(", ");
  const hive = type === "hive" ? model?.hives.get(id) : undefined;
  return hive === undefined ? undefined : floorName(hive.floor);
}

const floorName = ({ name, building }: Floor): string =>
  `${/^-?\d+$/.test(name) ? `floor ${name}` : name}, ${building.name}`;

/** Integrations have no name of their own: all are called the same. */
const nameOf = ({ dialect, name }: Subscription): string | null => (dialect === "butterflymx" ? null : name);

function ownerOf(
  { scope }: Subscription,
  model: BuildingModel | null,
): { readonly building: string | null; readonly tenant: string | null; readonly place: string | null } {
  if (scope.kind === "organization") return { building: null, tenant: null, place: null };
  const tenant = scope.kind === "tenant" ? scope.id : null;
  const building = tenant === null ? scope.id : homeOf(model, tenant);
  const place = (building === null ? null : model?.buildings.get(building)?.name) ?? null;
  return { building, tenant, place };
}
