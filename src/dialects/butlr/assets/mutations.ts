// The published mutations of the place [butlr.md §11]: who may, the edit, and the record as it then stands. Each does all of
// it or nothing.

import type { ModelDocument } from "../../../building/document.ts";
import type { Clock, Random } from "../../../clock.ts";
import { BelfryError } from "../../../errors.ts";
import { newId } from "../../../model/ksuid.ts";
import type { PlaceEditor, PlacePort } from "../../place-port.ts";
import type { Asker, Resolvers } from "../graphql/schema.ts";
import { mustManage, type OrganizationList, organizationFor } from "../organization.ts";
import { type PlaceIndex, placeIndex } from "./place-index.ts";
import { createSensors, type SensorInput, updateSensors } from "./sensor-edits.ts";
import {
  associateTag,
  createTag,
  disassociateTag,
  type SpaceInput,
  type SpaceKind,
  updateSpace,
} from "./space-edits.ts";

export interface AssetMutationDeps {
  readonly registry: OrganizationList;
  readonly place: Pick<PlacePort, "model">;
  readonly models: PlaceEditor;
  readonly clock: Clock;
  readonly random: Random;
}

interface TagInput {
  readonly ids: readonly string[];
  readonly tag_id: string;
}

const mostSensors = 1_000;
/** The audit names no more of them. */
const mostNamed = 20;

export function assetMutations({ registry, place, models, clock, random }: AssetMutationDeps): Resolvers {
  /** The place after the change. */
  const change = async (
    { who, organizationHeader }: Asker,
    action: string,
    objects: readonly string[],
    edit: (stored: ModelDocument) => ModelDocument,
  ): Promise<PlaceIndex> => {
    const organization = await organizationFor(who, organizationHeader, registry);
    mustManage(who, organization);
    const object = objects.slice(0, mostNamed).join(" ");
    try {
      await models.change({ organization, who, action, object }, edit);
    } catch (error) {
      throw ofInput(error);
    }
    return placeIndex((await place.model(organization))!);
  };

  const fresh = (prefix: string): string => newId(prefix, clock.now(), random.bytes(16));

  const update =
    <Node>(kind: SpaceKind, nodes: (index: PlaceIndex) => ReadonlyMap<string, Node>) =>
    async (_: unknown, { input }: { readonly input: SpaceInput }, asker: Asker) => {
      const index = await change(asker, `${kind}.update`, [input.id], (stored) => updateSpace(stored, kind, input));
      return { [kind]: nodes(index).get(input.id) };
    };

  const tagging =
    (action: string, edit: typeof associateTag) =>
    async (_: unknown, { input }: { readonly input: TagInput }, asker: Asker) => {
      const { ids, tag_id: tag } = input;
      const index = await change(asker, action, [tag, ...ids], (stored) => edit(stored, ids, tag));
      return index.tags.get(tag);
    };

  return {
    Mutation: {
      async createSensors(_: unknown, { sensors }: { readonly sensors: readonly SensorInput[] }, asker: Asker) {
        mustBeFew(sensors);
        const ids = sensors.map(({ id }) => id ?? fresh("sensor"));
        const seconds = Math.floor(clock.now() / 1000);
        const index = await change(asker, "sensor.create", ids, (stored) =>
          createSensors(stored, sensors, ids, seconds),
        );
        return ids.map((id) => index.sensors.get(id));
      },
      async updateSensors(_: unknown, { sensors }: { readonly sensors: readonly SensorInput[] }, asker: Asker) {
        mustBeFew(sensors);
        const ids = sensors.map(({ id, sensor_id, mac_address }) => id ?? sensor_id ?? mac_address ?? "");
        const index = await change(asker, "sensor.update", ids, (stored) => updateSensors(stored, sensors));
        const model = (await place.model(index.organization))!;
        return ids.map((id) => index.sensors.get(model.sensors.get(id)?.id ?? ""));
      },
      updateBuildingInfo: update("building", ({ buildings }) => buildings),
      updateFloorInfo: update("floor", ({ floors }) => floors),
      updateRoomInfo: update("room", ({ rooms }) => rooms),
      updateZoneInfo: update("zone", ({ zones }) => zones),
      async createTag(_: unknown, { input }: { readonly input: { readonly name: string } }, asker: Asker) {
        const id = fresh("tag");
        const index = await change(asker, "tag.create", [id], (stored) => createTag(stored, id, input.name));
        return index.tags.get(id);
      },
      associateTag: tagging("tag.associate", associateTag),
      disassociateTag: tagging("tag.disassociate", disassociateTag),
    },
  };
}

function mustBeFew(sensors: readonly SensorInput[]): void {
  if (sensors.length <= mostSensors) return;
  throw new BelfryError("INVALID", `sensors may have at most ${mostSensors} entries; there are ${sensors.length}.`);
}

/** A fault of the model that comes out is one of what went in: its sentence names record and field; its place in the whole
 * document would say nothing here. */
function ofInput(error: unknown): unknown {
  if (!(error instanceof BelfryError) || error.code !== "INVALID_MODEL") return error;
  const problems = error.problems.map((problem) => ({ ...problem, path: problem.path.split(".").at(-1)! }));
  return new BelfryError("INVALID", problems[0]!.message, { problems });
}
