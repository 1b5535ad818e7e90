// Statements of uploaded pictures. Each change has its audit entry in its transaction.

import type { Picture, PictureInfo, PictureKind } from "../../../model/picture.ts";
import type { AuditEntry } from "../../registry.ts";
import type { WriteAudit } from "./audit.ts";
import { type EngineContext, plain } from "./engine-context.ts";

export interface PictureOperations {
  putPicture(organization: string, picture: Omit<Picture, "size">, audit: AuditEntry): void;
  picture(organization: string, kind: PictureKind, id: string): Picture | null;
  pictures(organization: string): readonly PictureInfo[];
  dropPicture(organization: string, kind: PictureKind, id: string, audit: AuditEntry): boolean;
}

export function createPictures(context: EngineContext, writeAudit: WriteAudit): PictureOperations {
  const info = "kind, id, type, length(bytes) as size, updated_at as updatedAt";
  const put = context.prepare("insert or replace into picture values (?, ?, ?, ?, ?, ?)");
  const find = context.prepare(`select ${info}, bytes from picture where organization = ? and kind = ? and id = ?`);
  const all = context.prepare(`select ${info} from picture where organization = ? order by kind, id`);
  const drop = context.prepare("delete from picture where organization = ? and kind = ? and id = ?");
  const numberOf = (organization: string): number => context.organization(organization).number;
  return {
    putPicture(organization, { kind, id, type, bytes, updatedAt }, audit) {
      const number = numberOf(organization);
      put.run(number, kind, id, type, bytes, Math.floor(updatedAt));
      writeAudit(audit, number);
    },
    picture(organization, kind, id) {
      const row = find.get(numberOf(organization), kind, id);
      return row === undefined ? null : (plain(row) as Picture);
    },
    pictures: (organization) => all.all(numberOf(organization)).map((row) => plain(row) as PictureInfo),
    dropPicture(organization, kind, id, audit) {
      const number = numberOf(organization);
      if (drop.run(number, kind, id).changes === 0) return false;
      writeAudit(audit, number);
      return true;
    },
  };
}
