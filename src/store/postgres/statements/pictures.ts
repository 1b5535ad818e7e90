// Statements of uploaded pictures. Each change has its audit entry in its transaction.

import type { Picture, PictureInfo } from "../../../model/picture.ts";
import type { RegistryStatements } from "../../registry-statements.ts";
import type { Context } from "../context.ts";
import { writeAudit } from "./audit.ts";

type PictureStatements = Pick<RegistryStatements, "putPicture" | "picture" | "pictures" | "dropPicture">;

const info = 'kind, id, type, octet_length(bytes) as size, updated_at as "updatedAt"';

export function createPictures(context: Context): PictureStatements {
  const { session } = context.database;
  return {
    putPicture: (organization, { kind, id, type, bytes, updatedAt }, audit) =>
      context.ordered.run(async (write) => {
        const { number } = await context.organization(write, organization);
        await write.run(
          "insert into picture (organization, kind, id, type, bytes, updated_at) values ($1, $2, $3, $4, $5, $6)" +
            " on conflict (organization, kind, id) do update" +
            " set type = excluded.type, bytes = excluded.bytes, updated_at = excluded.updated_at",
          [number, kind, id, type, bytes, Math.floor(updatedAt)],
        );
        await writeAudit(write, [audit], number);
      }),
    async picture(organization, kind, id) {
      const { number } = await context.organization(session, organization);
      const found = await session.row<Picture>(
        `select ${info}, bytes from picture where organization = $1 and kind = $2 and id = $3`,
        [number, kind, id],
      );
      return found ?? null;
    },
    async pictures(organization) {
      const { number } = await context.organization(session, organization);
      return await session.rows<PictureInfo>(
        `select ${info} from picture where organization = $1 order by kind collate "C", id`,
        [number],
      );
    },
    dropPicture: (organization, kind, id, audit) =>
      context.ordered.run(async (write) => {
        const { number } = await context.organization(write, organization);
        const dropped = await write.run("delete from picture where organization = $1 and kind = $2 and id = $3", [
          number,
          kind,
          id,
        ]);
        if (dropped === 0) return false;
        await writeAudit(write, [audit], number);
        return true;
      }),
  };
}
