// Removes an organization. The first transaction makes it unknown: its subscriptions, keys, places and its row go at once, so
// that nothing more is written for it. What grew with traffic goes afterwards, slice by slice. Meta `erasing` names those
// whose rows are left, so that a crash leaves nothing behind. The audit stays, and no number is given out twice.

import type { SQLInputValue } from "node:sqlite";
import type { Clock } from "../../../clock.ts";
import type { AuditEntry } from "../../registry.ts";
import type { WriteAudit } from "./audit.ts";
import type { EngineContext } from "./engine-context.ts";
import type { OwnRetentions } from "./own-retention.ts";

export interface RemoveOrganizationOperations {
  /** false: there is no such organization. */
  removeOrganization(id: string, audit: AuditEntry): boolean;
  /** Erases a slice of what is left of removed organizations. false: nothing is left. */
  eraseRemoved(): boolean;
}

export interface RemoveOrganization {
  readonly operations: RemoveOrganizationOperations;
  /** Must follow every rollback. */
  reset(): void;
}

/** What is left of which organization is erased next. */
interface Progress {
  readonly organization: number;
  /** The tables that are not done, in order. */
  readonly tables: string[];
  /** The primary key up to which the first of them is done; null: not begun. */
  after: readonly SQLInputValue[] | null;
}

const budgetMs = 30;
const stepRows = 1_000;
/** Rows that are much larger than others. */
const stepRowsOf: Readonly<Record<string, number>> = { model_piece: 4, picture: 4 };
/** Bounded by what somebody set up, not by traffic. */
const atOnce = ["pin", "subscription", "lane_health", "key", "replay"];
/** In this order nothing that is still owed writes into a table that is done. */
const first = ["delivery", "attempt"];
const kept = ["audit", "organization"];

const theirSignIns = "select id from sign_in where key in (select id from key where organization = ?)";

/** `sortIn`: ends what others have taken out of tables and not yet put where it belongs. */
export function createRemoveOrganization(
  context: EngineContext,
  clock: Clock,
  ownRetentions: OwnRetentions,
  writeAudit: WriteAudit,
  sortIn: () => void,
): RemoveOrganization {
  const removals = [
    `delete from refresh_token where sign_in in (${theirSignIns})`,
    `delete from sign_in where id in (${theirSignIns})`,
    ...atOnce.map((table) => `delete from ${table} where organization = ?`),
    "delete from organization where number = ?",
  ].map((sql) => context.prepare(sql));
  const erasing = (): readonly number[] =>
    JSON.parse((context.meta("erasing") as string | undefined) ?? "[]") as readonly number[];
  let progress: Progress | null = null;

  function begin(organization: number): Progress {
    const rows = context.prepare(
      "select m.name from sqlite_schema m join pragma_table_info(m.name) c on c.name = 'organization' where m.type = 'table'",
    );
    const rest = rows.all().map(({ name }) => String(name));
    const tables = [...first, ...rest.filter((name) => ![...first, ...kept].includes(name))];
    return { organization, tables, after: null };
  }

  /** True: the first table is done. */
  function step(now: Progress): boolean {
    const [table] = now.tables as [string];
    if (now.after === null) sortIn();
    const columns = keyOf(context, table);
    const key = columns.join(", ");
    if (columns[0] === "organization") {
      now.after = [];
      const rows = stepRowsOf[table] ?? stepRows;
      const some = `select ${key} from ${table} where organization = ? limit ${rows}`;
      const removed = context.prepare(`delete from ${table} where (${key}) in (${some})`).run(now.organization);
      return removed.changes < rows;
    }
    const behind = now.after === null ? [] : [...now.after];
    const marks = columns.map(() => "?").join(", ");
    const where = now.after === null ? "true" : `(${key}) > (${marks})`;
    const next = context.prepare(
      `select ${key} from ${table} where ${where} order by ${key} limit 1 offset ${stepRows - 1}`,
    );
    next.setReturnArrays(true);
    const upTo = next.get(...behind) as unknown as SQLInputValue[] | undefined;
    const until = upTo === undefined ? "" : ` and (${key}) <= (${marks})`;
    const remove = context.prepare(`delete from ${table} where ${where}${until} and organization = ?`);
    remove.run(...behind, ...(upTo ?? []), now.organization);
    now.after = upTo ?? null;
    return upTo === undefined;
  }

  return {
    operations: {
      removeOrganization(id, audit) {
        const found = context.findOrganization(id);
        if (found === undefined) return false;
        for (const removal of removals) removal.run(found.number);
        context.setMeta("erasing", JSON.stringify([...erasing(), found.number]));
        context.setMeta("last_organization", Math.max(Number(context.meta("last_organization") ?? 0), found.number));
        ownRetentions.set(found.number, {});
        writeAudit(audit, found.number);
        context.forgetOrganization(id);
        return true;
      },
      eraseRemoved() {
        const [organization, ...others] = erasing();
        if (organization === undefined) return false;
        if (progress?.organization !== organization) progress = begin(organization);
        const end = clock.monotonic() + budgetMs;
        while (progress.tables.length > 0) {
          if (step(progress)) {
            progress.tables.shift();
            progress.after = null;
          }
          if (clock.monotonic() >= end) return true;
        }
        progress = null;
        context.setMeta("erasing", JSON.stringify(others));
        return others.length > 0;
      },
    },
    reset: () => (progress = null),
  };
}

function keyOf(context: EngineContext, table: string): readonly string[] {
  const columns = context.prepare("select name from pragma_table_info(?) where pk > 0 order by pk").all(table);
  return columns.map(({ name }) => String(name));
}
