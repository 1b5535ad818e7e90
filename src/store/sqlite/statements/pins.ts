// Statements of PINs, which come and go sealed.

import type { SealedPin } from "../../registry-statements.ts";
import type { EngineContext } from "./engine-context.ts";

export interface PinOperations {
  putPin(organization: string, kind: string, id: string, sealed: Uint8Array): void;
  pins(organization: string, kind: string, ids: readonly string[]): readonly SealedPin[];
  dropPins(organization: string, kind: string, ids: readonly string[]): void;
}

export function createPins(context: EngineContext): PinOperations {
  const put = context.prepare("insert or replace into pin values (?, ?, ?, ?)");
  const find = context.prepare("select sealed from pin where organization = ? and kind = ? and id = ?");
  const drop = context.prepare("delete from pin where organization = ? and kind = ? and id = ?");
  return {
    putPin(organization, kind, id, sealed) {
      put.run(context.organization(organization).number, kind, id, sealed);
    },
    pins(organization, kind, ids) {
      const { number } = context.organization(organization);
      return ids.flatMap((id) => {
        const row = find.get(number, kind, id) as { sealed: Uint8Array } | undefined;
        return row === undefined ? [] : [{ id, sealed: row.sealed }];
      });
    },
    dropPins(organization, kind, ids) {
      const { number } = context.organization(organization);
      for (const id of ids) drop.run(number, kind, id);
    },
  };
}
