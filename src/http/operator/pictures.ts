// /v1/pictures: plans of floors and the logo of an organization, as they were uploaded. They are served so that no browser takes
// them for anything but pictures.

import { z } from "zod";
import { listedOrganization, managers, notFound, onlyHome, subscriptionReaders } from "../../auth/authorize.ts";
import { BelfryError } from "../../errors.ts";
import { mayReadBuilding, type Principal } from "../../model/principal.ts";
import {
  largestPicture,
  type PictureInfo,
  type PictureKind,
  pictureKinds,
  pictureType,
  pictureTypes,
} from "../../model/picture.ts";
import { type Route, route } from "../route.ts";
import { onlyOrganization } from "./building-model.ts";
import type { OperatorDeps } from "./deps.ts";
import { iso, time } from "./time.ts";

const pictureSchema = z.object({
  kind: z.enum(pictureKinds),
  id: z.string().describe("Of the floor or of the organization."),
  type: z.enum(pictureTypes),
  size: z.number().describe("Bytes."),
  updated_at: time,
});

const query = z.strictObject({ organization: z.string().optional() });
const queryOfOne = query.extend({
  at: z.string().max(40).optional().describe("Anything: another one lets a browser read it anew."),
});

/** So that a picture is never anything else, even where somebody opens it by itself. */
const headers: Readonly<Record<string, string>> = {
  "content-security-policy": "default-src 'none'; sandbox",
  "x-content-type-options": "nosniff",
  "cross-origin-resource-policy": "same-origin",
};

export function pictureRoutes(deps: OperatorDeps): readonly Route[] {
  const { registry, place, clock } = deps;

  const organizationOf = async (who: Principal, asked: string | undefined): Promise<string> =>
    listedOrganization(who, asked) ?? (await onlyOrganization(deps));

  /** Whether the key may see it: the logo everybody of the organization, the plan of a floor whoever reads its counts. */
  async function maySee(who: Principal, organization: string, kind: PictureKind, id: string): Promise<boolean> {
    if (kind === "organization") return id === organization;
    const floor = (await place.model(organization))?.floors.get(id);
    return floor !== undefined && mayReadBuilding(who, organization, floor.building.id);
  }

  /** For an operator who names none. */
  async function homeOf(kind: PictureKind, id: string): Promise<string> {
    if (kind === "organization") return id;
    const homes = (await place.locate("floor", id, null)).map(({ organization }) => organization);
    const home = onlyHome(homes, `floor ${id}`);
    if (home === null) throw notFound("floor");
    return home;
  }

  const kindOf = (given: string | undefined): PictureKind => {
    const kind = pictureKinds.find((each) => each === given);
    if (kind === undefined) throw notFound("picture");
    return kind;
  };

  /** Throws NOT_FOUND for what is not there or another's. */
  async function asked(who: Principal, params: Readonly<Record<string, string>>, named: string | undefined) {
    const kind = kindOf(params["kind"]);
    const id = params["id"]!;
    const organization = listedOrganization(who, named) ?? (await homeOf(kind, id));
    if (!(await maySee(who, organization, kind, id))) throw notFound(kind === "floor" ? "floor" : "organization");
    return { organization, kind, id };
  }

  const audit = (who: Principal, act: string, kind: PictureKind, id: string, detail: object | null) => {
    const told = JSON.stringify({ kind, ...detail });
    return { at: clock.now(), actor: who.key, action: `picture.${act}`, object: id, detail: told };
  };

  return [
    route({
      method: "GET",
      path: "/v1/pictures",
      summary: "Pictures that were uploaded: plans of floors, and the logo of the organization.",
      roles: subscriptionReaders,
      query,
      answer: z.object({ data: z.array(pictureSchema) }),
      handle: async ({ who, query: { organization: named } }) => {
        const organization = await organizationOf(who, named);
        const seen: PictureInfo[] = [];
        for (const each of await registry.pictures(organization)) {
          if (await maySee(who, organization, each.kind, each.id)) seen.push(each);
        }
        return { data: seen.map(show) };
      },
    }),
    route({
      method: "GET",
      path: "/v1/pictures/:kind/:id",
      summary: "One picture, as it was uploaded. `kind` is `floor` or `organization`.",
      roles: subscriptionReaders,
      query: queryOfOne,
      answer: z.custom<Uint8Array>(),
      handle: async ({ who, params, query: { organization: named }, reply }) => {
        const { organization, kind, id } = await asked(who, params, named);
        const found = await registry.picture(organization, kind, id);
        if (found === null) throw notFound("picture");
        reply.headers(headers).type(found.type);
        return Buffer.from(found.bytes);
      },
    }),
    route({
      method: "PUT",
      path: "/v1/pictures/:kind/:id",
      summary: `Upload a picture: PNG, JPEG or WebP of at most ${largestPicture / 1_000} kB. It replaces the one before.`,
      roles: managers,
      query,
      body: z.strictObject({ data: z.base64().describe("The bytes of the file.") }),
      answer: pictureSchema,
      handle: async ({ who, params, query: { organization: named }, body }) => {
        const { organization, kind, id } = await asked(who, params, named);
        const bytes = Buffer.from(body.data, "base64");
        const type = pictureType(bytes);
        if (type === null) throw fault("is no PNG, JPEG or WebP. SVG is not taken, since it can carry scripts.");
        if (bytes.length > largestPicture) {
          throw fault(`has ${bytes.length} bytes. A picture has at most ${largestPicture}: make it smaller.`);
        }
        const picture = { kind, id, type, bytes, updatedAt: clock.now() };
        await registry.putPicture(organization, picture, audit(who, "put", kind, id, { type, size: bytes.length }));
        return show({ ...picture, size: bytes.length });
      },
    }),
    route({
      method: "DELETE",
      path: "/v1/pictures/:kind/:id",
      summary: "Remove a picture.",
      roles: managers,
      query,
      status: 204,
      answer: z.null(),
      handle: async ({ who, params, query: { organization: named } }) => {
        const { organization, kind, id } = await asked(who, params, named);
        const entry = audit(who, "delete", kind, id, null);
        if (!(await registry.dropPicture(organization, kind, id, entry))) throw notFound("picture");
        return null;
      },
    }),
  ];
}

const show = ({ kind, id, type, size, updatedAt }: PictureInfo): z.input<typeof pictureSchema> => ({
  kind,
  id,
  type,
  size,
  updated_at: iso(updatedAt),
});

function fault(message: string): BelfryError {
  return new BelfryError("INVALID", `data ${message}`, { problems: [{ path: "data", code: "INVALID", message }] });
}
