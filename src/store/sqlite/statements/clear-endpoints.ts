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
  /** Replaces the text of a model by the same, sealed. */
  storeModel(organization: string, text: string): void;
}

const flag = "clear_endpoints";

export function createClearEndpoints(context: EngineContext): ClearEndpointOperations {
  const store = context.prepare("update subscription set record = ?, secrets = ? where number = ?");
  const found = context.prepare("select id from organization where instr(model, ?) > 0");
  const storeModel = context.prepare("update organization set model = ? where id = ?");
  return {
    modelsWith: (text) => found.all(text).map(({ id }) => String(id)),
    storeModel: (organization, text) => void storeModel.run(text, organization),
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
