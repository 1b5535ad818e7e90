// Statements of the texts of building models. A large text is written in pieces, each a transaction of its own. None of it is seen
// before a change makes it the organization's model; what no organization has is removed in pieces, too. Table `model_draft` names
// the texts that are written or replaced, so that a crash leaves nothing. A text is given up when nobody has gone on with it for
// long: its process has ended.

import { BelfryError } from "../../../errors.ts";
import type { StoredModel } from "../../registry.ts";
import type { GivenModel, ModelStatements } from "../../registry-statements.ts";
import type { Context } from "../context.ts";
import type { Session, Transaction } from "../database.ts";
import { heldOrganization } from "./held-organization.ts";

/** Bytes. A larger text does not come along with a snapshot. */
const readAtOnce = 256 * 1024;
/** Pieces; each is some 100 KB. */
const removedAtOnce = 16;
/** Between two pieces lie some ms. */
const givenUpAfter = "10 minutes";

export function createModels(context: Context): ModelStatements {
  const { session } = context.database;
  return {
    beginModel: (organization) =>
      context.database.write(async (transaction) => {
        const { number } = await heldOrganization(context, transaction, organization);
        const begun = await transaction.row<{ version: number }>(
          "insert into model_draft (version, organization) values (nextval('model_version'), $1) returning version",
          [number],
        );
        return begun!.version;
      }),
    async addModelPiece(organization, version, piece, text) {
      const added = await session.run(
        "with mine as (update model_draft set written_at = now() where version = $2 and not given_up" +
          " and organization = (select number from organization where id = $1) returning organization)" +
          " insert into model_piece (organization, version, piece, text) select organization, $2, $3, $4 from mine",
        [organization, version, piece, text],
      );
      if (added > 0) return;
      await context.organization(session, organization);
      throw givenUp();
    },
    async modelPiece(organization, version, piece) {
      const found = await session.row<{ text: string | null }>(
        "select p.text from organization g left join model_piece p" +
          " on p.organization = g.number and p.version = g.model_version and p.piece = $3" +
          " where g.id = $1 and g.model_version = $2",
        [organization, version, piece],
      );
      return found === undefined ? null : (found.text ?? undefined);
    },
    endModel: (version) =>
      context.database.write(async (transaction) => {
        // The change that makes it the organization's may be on its way still, although nobody waits for it any more [checkGiven].
        const draft = await transaction.row<{ organization: number }>(
          "select organization from model_draft where version = $1 for update",
          [version],
        );
        if (draft === undefined) return false;
        if ((await removeUnneeded(transaction, draft.organization, version)) === removedAtOnce) return true;
        await transaction.run("delete from model_draft where version = $1", [version]);
        return false;
      }),
    async modelsUnderWay() {
      const found = await session.rows<{ version: number }>(
        "update model_draft set given_up = true where given_up or written_at < now() - $1::interval returning version",
        [givenUpAfter],
      );
      return found.map(({ version }) => version);
    },
  };
}

/** The model of an organization: `text` is null where it is too large to be read at once. */
export async function currentModel(session: Session, organization: number, version: number): Promise<StoredModel> {
  const found = await session.row<{ text: string }>(
    "select text from model_piece p where organization = $1 and version = $2 and piece = 0 and octet_length(text) <= $3" +
      " and not exists (select 1 from model_piece where organization = $1 and version = $2 and piece = 1)",
    [organization, version, readAtOnce],
  );
  return { version, text: found?.text ?? null };
}

/** Throws UNAVAILABLE where the text was given up. Nobody can give it up before the transaction ends. */
export async function checkGiven(transaction: Transaction, model: GivenModel | undefined): Promise<void> {
  if (model === undefined || "text" in model) return;
  const found = await transaction.row("select 1 from model_draft where version = $1 and not given_up for update", [
    model.version,
  ]);
  if (found === undefined) throw givenUp();
}

/** Stores a text that comes with its change, and says which version is the organization's from then on. */
export async function storeModel(transaction: Transaction, organization: number, model: GivenModel): Promise<number> {
  if ("version" in model) return model.version;
  const stored = await transaction.row<{ version: number }>(
    "insert into model_piece (organization, version, piece, text) values ($1, nextval('model_version'), 0, $2) returning version",
    [organization, model.text],
  );
  return stored!.version;
}

/** Behind the change that gave the organization this model. true: what was replaced waits for `endModel`. */
export async function dropReplaced(
  transaction: Transaction,
  organization: number,
  model: GivenModel,
  version: number,
): Promise<boolean> {
  if ("version" in model) return true;
  if ((await removeUnneeded(transaction, organization, version)) < removedAtOnce) return false;
  await transaction.run("insert into model_draft (version, organization) values ($1, $2)", [version, organization]);
  return true;
}

/** Removes some pieces that belong neither to the organization's model nor to another text that is under way. */
const removeUnneeded = (session: Session, organization: number, version: number): Promise<number> =>
  session.run(
    "delete from model_piece where (organization, version, piece) in (select p.organization, p.version, p.piece" +
      " from model_piece p where p.organization = $1" +
      " and p.version is distinct from (select model_version from organization where number = $1)" +
      " and not exists (select 1 from model_draft d where d.organization = $1 and d.version = p.version and d.version <> $2)" +
      " limit $3)",
    [organization, version, removedAtOnce],
  );

const givenUp = (): BelfryError =>
  new BelfryError("UNAVAILABLE", "The building model took too long to be written, and was given up. Send it again.");
