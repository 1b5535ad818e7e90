// What a key sees of an organization through the vendor's API: whole buildings, or what is a tenant's. Pure. Events and entries
// have a rule of their own [building/entitled.ts].

import type {
  AccessPoint,
  Building,
  BuildingModel,
  Credential,
  Device,
  Tenant,
  Unit,
} from "../../../building/building.ts";
import type { VirtualKeyDocument } from "../../../building/document.ts";
import type { Principal } from "../../../model/principal.ts";

export interface Sight {
  readonly model: BuildingModel;
  readonly buildings: ReadonlySet<Building>;
  /** The tenants that the key is for, those who are inactive left out; null: it sees all of `buildings`. */
  readonly selves: readonly Tenant[] | null;
}

export interface VirtualKey extends VirtualKeyDocument {
  readonly keychain: Credential;
}

/** `now`: epoch ms. */
export function sightOf(who: Principal, model: BuildingModel, now: number): Sight {
  if (who.role === "tenant") {
    const selves = who.targets.flatMap((id) => {
      const tenant = model.tenants.get(id);
      return tenant?.id === id && tenant.inactiveAfter > now ? [tenant] : [];
    });
    return { model, buildings: new Set(selves.map(({ building }) => building)), selves };
  }
  return { model, buildings: new Set(wholeBuildings(who, model)), selves: null };
}

function wholeBuildings(who: Principal, model: BuildingModel): readonly Building[] {
  if (who.role === "ingest") return [];
  if (who.role !== "building") return [...model.buildings];
  return who.targets.flatMap((id) => {
    const building = model.buildings.get(id);
    return building?.id === id ? [building] : [];
  });
}

type Located = { readonly building: Building };
const within = <Item extends Located>({ buildings }: Sight, items: Iterable<Item>): readonly Item[] =>
  [...items].filter(({ building }) => buildings.has(building));

export const devicesIn = (sight: Sight): readonly Device[] => within(sight, sight.model.devices);
export const accessPointsIn = (sight: Sight): readonly AccessPoint[] => within(sight, sight.model.accessPoints);

export const tenantsIn = (sight: Sight): readonly Tenant[] => sight.selves ?? within(sight, sight.model.tenants);

export function unitsIn(sight: Sight): readonly Unit[] {
  if (sight.selves === null) return within(sight, sight.model.units);
  return [...new Set(sight.selves.map(({ unit }) => unit))];
}

export const accessToolsIn = (sight: Sight): readonly Credential[] => credentials(sight, sight.model.accessTools);
export const keychainsIn = (sight: Sight): readonly Credential[] => credentials(sight, sight.model.keychains);

export const virtualKeysIn = (sight: Sight): readonly VirtualKey[] =>
  keychainsIn(sight).flatMap((keychain) => (keychain.record.virtual_keys ?? []).map((key) => ({ ...key, keychain })));

/** A tenant's own, and those of their unit that are nobody's in particular. */
function credentials(sight: Sight, all: Iterable<Credential>): readonly Credential[] {
  const { selves } = sight;
  if (selves === null) return within(sight, all);
  return [...all].filter(({ tenant, unit }) =>
    selves.some((self) => tenant === self || (tenant === null && unit === self.unit)),
  );
}
