// Statements of the texts of building models. A large text is written in pieces, each an operation of its own, so that nobody's
// write waits for all of it. None of it is seen before a change makes it the organization's model; what no organization has is
// removed in pieces, too. Meta `models_under_way` names the texts that are written or replaced, so that a crash leaves nothing.

import type { GivenModel } from "../../registry-statements.ts";
import type { EngineContext } from "./engine-context.ts";

export interface ModelOperations {
  /** Begins a text of the organization. Returns its version: the highest so far. Throws NOT_FOUND. */
  beginModel(organization: string): number;
  /** Pieces count from 0. */
  addModelPiece(organization: string, version: number, piece: number, text: string): void;
  /** null: the organization has another model, or none. undefined: it has no such piece. */
  modelPiece(organization: string, version: number, piece: number): string | null | undefined;
  /** The text was written, or given up. Removes some of what its organization no longer needs. false: nothing is left. */
  endModel(version: number): boolean;
  /** Versions of texts that were begun and not ended. */
  modelsUnderWay(): readonly number[];
}

export interface Models {
  readonly operations: ModelOperations;
  /** Gives the organization this model; with `isLeft`, what was replaced waits for `endModel`. */
  install(organization: number, model: GivenModel): { readonly version: number; readonly isLeft: boolean };
  /** Of an organization. `text`: null where it is too large to be read at once. */
  of(organization: number): { readonly version: number; readonly text: string | null } | null;
}

/** Bytes. */
const readAtOnce = 256 * 1024;
/** Each is 128 Ki characters at most, but for what older releases have written. */
const removedAtOnce = 2;

type UnderWay = readonly (readonly [organization: number, version: number])[];

export function createModels(context: EngineContext): Models {
  const add = context.prepare("insert into model_piece (organization, version, piece, text) values (?, ?, ?, ?)");
  const get = context.prepare("select text from model_piece where organization = ? and version = ? and piece = ?");
  const current = context.prepare("select model_version as version from organization where number = ?");
  const install = context.prepare("update organization set model_version = ? where number = ?");
  const only = context.prepare(
    `select text from model_piece where organization = :organization and version = :version and piece = 0` +
      ` and octet_length(text) <= ${readAtOnce} and not exists (select 1 from model_piece` +
      " where organization = :organization and version = :version and piece = 1)",
  );
  const removeSome = context.prepare(
    "delete from model_piece where (organization, version, piece) in (select organization, version, piece from model_piece" +
      ` where organization = ? and version not in (select value from json_each(?)) limit ${removedAtOnce})`,
  );

  const underWay = (): UnderWay =>
    JSON.parse((context.meta("models_under_way") as string | undefined) ?? "[]") as UnderWay;
  const setUnderWay = (all: UnderWay): void => context.setMeta("models_under_way", JSON.stringify(all));
  const versionOf = (organization: number): number | null =>
    (current.get(organization)?.["version"] as number | null | undefined) ?? null;

  const begin = (organization: number): number => {
    const version = Number(context.meta("last_model") ?? 0) + 1;
    context.setMeta("last_model", version);
    setUnderWay([...underWay(), [organization, version]]);
    return version;
  };

  const end = (version: number): boolean => {
    const all = underWay();
    const organization = all.find((each) => each[1] === version)?.[0];
    if (organization === undefined) return false;
    const others = all.filter((each) => each[1] !== version);
    const needed = others.flatMap(([each, other]) => (each === organization ? [other] : []));
    const removed = removeSome.run(organization, JSON.stringify([versionOf(organization) ?? 0, ...needed]));
    if (removed.changes === removedAtOnce) return true;
    setUnderWay(others);
    return false;
  };

  return {
    operations: {
      beginModel: (organization) => begin(context.organization(organization).number),
      addModelPiece: (organization, version, piece, text) =>
        void add.run(context.organization(organization).number, version, piece, text),
      modelPiece(organization, version, piece) {
        const number = context.findOrganization(organization)?.number;
        if (number === undefined || versionOf(number) !== version) return null;
        return get.get(number, version, piece)?.["text"] as string | undefined;
      },
      endModel: end,
      modelsUnderWay: () => underWay().map(([, version]) => version),
    },
    install(organization, model) {
      const version = "version" in model ? model.version : begin(organization);
      if ("text" in model) add.run(organization, version, 0, model.text);
      install.run(version, organization);
      return { version, isLeft: "version" in model || end(version) };
    },
    of(organization) {
      const version = versionOf(organization);
      if (version === null) return null;
      return { version, text: (only.get({ organization, version })?.["text"] as string | undefined) ?? null };
    },
  };
}
