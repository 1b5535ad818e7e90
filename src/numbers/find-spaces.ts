// The spaces of a building model by the names that people give them.

import type { BuildingModel, Floor, Room, Zone } from "../building/building.ts";
import type { SpaceLevel } from "../model/fact.ts";
import type { Space } from "./numbers-port.ts";
import { inOrder, type Positioned } from "./ordered.ts";

/** All of them by floor: the floor, its rooms, its zones. */
export function allSpaces(model: BuildingModel): readonly Positioned<Space>[] {
  const spaces = [...model.floors].flatMap((floor) => {
    const { rooms, zones } = model.spacesOfFloor(floor.id);
    return [
      spaceOf("floor", floor, floor, model),
      ...rooms.map((room) => spaceOf("room", room, floor, model)),
      ...zones.map((zone) => spaceOf("zone", zone, floor, model)),
    ];
  });
  return inOrder(spaces, ({ floor, level, id }) => [floor, level, id].join(" "));
}

/** By `ID` or `room:ID`. Several where places of different kinds have the same id. */
export function spacesNamed(model: BuildingModel, name: string): readonly Space[] {
  const [, level, rest] = /^(floor|room|zone):(.+)$/.exec(name) ?? [];
  const at = (wanted: SpaceLevel, id: string): Space[] => {
    const place = recordOf(model, wanted, id);
    // Records also go by numbers and short names; spaces by their ids alone.
    if (place === undefined || place.id !== id) return [];
    return [spaceOf(wanted, place, "floor" in place ? place.floor : place, model)];
  };
  if (level !== undefined) {
    const found = at(level as SpaceLevel, rest!);
    if (found.length > 0) return found;
  }
  return (["floor", "room", "zone"] as const).flatMap((each) => at(each, name));
}

function recordOf(model: BuildingModel, level: SpaceLevel, id: string): Floor | Room | Zone | undefined {
  if (level === "floor") return model.floors.get(id);
  return level === "room" ? model.rooms.get(id) : model.zones.get(id);
}

const spaceOf = (
  level: SpaceLevel,
  { id, name }: Pick<Floor, "id" | "name">,
  floor: Floor,
  { organization }: BuildingModel,
): Space => ({ organization: organization.id, level, id, name, floor: floor.id, building: floor.building.id });
