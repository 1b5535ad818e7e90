// /v1/backups: a copy of the database is made while the server runs, and fetched in pages. The master key is never sent.

import { z } from "zod";
import { notFound } from "../../auth/authorize.ts";
import type { Backup } from "../../store/backups.ts";
import { type Route, route } from "../route.ts";
import type { OperatorDeps } from "./deps.ts";
import { iso, time } from "./time.ts";

const facts = z.object({
  store: z.string().describe("Names this installation; the same in all its backups."),
  schema: z.number().describe("Of the database. A release that knows only lower ones cannot read it."),
  master_key: z.string().nullable().describe("Names the master key that opens its secrets."),
  numbers: z.record(z.string(), z.number()).describe("The last numbers given out."),
});

const shown = z.object({
  id: z.string(),
  state: z.enum(["copying", "ready", "failed"]),
  started_at: time.describe("Everything acknowledged before is in it."),
  copied: z.number(),
  bytes: z.number().describe("Size of the copy; while it is made, as far as known."),
  facts: facts.nullable().describe("Null until it is ready."),
  error: z.string().nullable(),
});

const show = ({ startedAt, facts: known, ...backup }: Backup): z.input<typeof shown> => ({
  ...backup,
  started_at: iso(startedAt),
  facts: known === null ? null : { ...known, master_key: known.masterKey },
});

export function backupRoutes({ backups, registry, clock, newBackupId }: OperatorDeps): readonly Route[] {
  return [
    route({
      method: "POST",
      path: "/v1/backups",
      summary: "Begin a backup: the database is copied while the server works. Removed ten minutes after its last use.",
      roles: ["operator"],
      status: 201,
      answer: shown,
      handle: async ({ who }) => {
        const id = newBackupId();
        const backup = await backups.create(id);
        await registry.audit({ at: clock.now(), actor: who.key, action: "backup.create", object: id, detail: null });
        return show(backup);
      },
    }),
    route({
      method: "GET",
      path: "/v1/backups/:id",
      summary: "How far a backup is.",
      roles: ["operator"],
      answer: shown,
      handle: async ({ params }) => {
        const backup = backups.get(params["id"]!);
        if (backup === null) throw notFound("backup");
        return show(backup);
      },
    }),
    route({
      method: "GET",
      path: "/v1/backups/:id/database",
      summary: "The bytes of a backup that is ready, from `offset` on: a page of 1 MiB at most, empty behind the end.",
      roles: ["operator"],
      query: z.strictObject({ offset: z.coerce.number().int().min(0).default(0) }),
      answer: z.custom<Uint8Array>(),
      handle: async ({ params, query, reply }) => {
        const page = await backups.read(params["id"]!, query.offset);
        if (page === null) throw notFound("backup that is ready");
        reply.type("application/octet-stream");
        return page;
      },
    }),
    route({
      method: "DELETE",
      path: "/v1/backups/:id",
      summary: "Remove a backup from the server.",
      roles: ["operator"],
      status: 204,
      answer: z.null(),
      handle: async ({ params }) => {
        if (!backups.remove(params["id"]!)) throw notFound("backup");
        return null;
      },
    }),
  ];
}
