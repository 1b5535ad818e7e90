// Writes rows anew around those that were erased. `secure_delete` overwrites a row where it lies, but SQLite may have moved it
// from one page to another before, and the copy stays in the free space of the first, which is then a neighbour. A page that
// loses all its rows is overwritten whole.

import type { SQLInputValue } from "node:sqlite";
import type { EngineContext } from "./engine-context.ts";

/** Rows on either side: more than the pages hold among which SQLite moves rows. */
const reach = 200;

/** Around these keys, which rise. */
export type Rewrite = (keys: readonly number[]) => void;

/** `key`: the first column of the primary key, a number. */
export function createRewrite(context: EngineContext, table: string, key: string): Rewrite {
  const edge = (side: "min" | "max", than: "<" | ">", order: "desc" | "asc") =>
    context.prepare(
      `select ${side}(${key}) as edge from (select ${key} from ${table} where ${key} ${than} ?` +
        ` order by ${key} ${order} limit ${reach})`,
    );
  const [first, last] = [edge("min", "<", "desc"), edge("max", ">", "asc")];
  const rewrite = createRewriteRows(context, table, `${key} >= ? and ${key} <= ?`);
  return (keys) => {
    let [from, to] = [0, -1];
    for (const each of keys) {
      const begin = Number(first.get(each)?.["edge"] ?? each);
      if (begin > to) {
        if (to >= from) rewrite(from, to);
        from = begin;
      }
      to = Number(last.get(each)?.["edge"] ?? each);
    }
    if (to >= from) rewrite(from, to);
  };
}

/** `where` says which rows, with its parameters. */
export function createRewriteRows(context: EngineContext, table: string, where: string) {
  const columns = context.prepare(`select count(*) as count from pragma_table_info('${table}')`).get()?.["count"];
  const read = context.prepare(`select * from ${table} where ${where}`);
  const remove = context.prepare(`delete from ${table} where ${where}`);
  const insert = context.prepare(`insert into ${table} values (${Array(Number(columns)).fill("?").join(", ")})`);
  return (...range: SQLInputValue[]): void => {
    const rows = read.all(...range);
    remove.run(...range);
    for (const row of rows) insert.run(...(Object.values(row) as SQLInputValue[]));
  };
}
