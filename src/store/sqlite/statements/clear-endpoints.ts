// Statements by which endpoints, and models with URLs of door bridges, that an older release stored in clear are replaced by
// sealed ones.

import type { SealedSubscription } from "../../sealed-subscription.ts";
import type { EngineContext } from "./engine-context.ts";

export interface ClearEndpointOperations {
  /** An older release filled this database, and not all of it has been sealed since. */
  hasClearEndpoints(): boolean;
  /** Stores the same subscriptions, sealed. */
  storeSealed(subscriptions: readonly SealedSubscription[]): void;
  /** All are sealed. Writes the table anew: pages keep bytes of rows that were moved on them or grew. */
  endClearEndpoints(): void;
  /** Organizations whose stored model has this text in it. */
  modelsWith(text: string): readonly string[];
  /** Replaces the text of a model, which older releases stored in one piece, by the same, sealed. */
  storeModel(organization: string, version: number, text: string): void;
}

const flag = "clear_endpoints";

export function createClearEndpoints(context: EngineContext): ClearEndpointOperations {
  const store = context.prepare("update subscription set record = ?, secrets = ? where number = ?");
  const found = context.prepare(
    "select distinct g.id from organization g join model_piece p on p.organization = g.number where instr(p.text, ?) > 0",
  );
  const storeModel = context.prepare(
    "update model_piece set text = ? where organization = ? and version = ? and piece = 0",
  );
  return {
    modelsWith: (text) => found.all(text).map(({ id }) => String(id)),
    storeModel: (organization, version, text) =>
      void storeModel.run(text, context.organization(organization).number, version),
    hasClearEndpoints: () => Number(context.meta(flag) ?? 0) === 1,
    storeSealed(subscriptions) {
      for (const { number, record, secrets } of subscriptions) store.run(record, secrets, number);
    },
    endClearEndpoints() {
      // The temporary table is in memory; `secure_delete` overwrites the pages that are freed [file/database.ts].
      context.database.exec(
        "create temp table kept as select * from subscription; delete from subscription;" +
          " insert into subscription select * from kept order by number; drop table kept",
      );
      context.setMeta(flag, 0);
    },
  };
}
