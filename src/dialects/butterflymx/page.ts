// Pages the vendor's way: `page` from 1 (0 means the first, too), `per` from 1 to 100, and `page_info` beside `data`
// [butterflymx.md §3].

import type { Problem } from "../../errors.ts";
import { invalid } from "./error-responses.ts";

export interface RestPage<Item> {
  readonly data: readonly Item[];
  readonly page_info: {
    readonly current_page: number;
    readonly total_pages: number;
    readonly total_item_count: number;
    readonly page_item_count: number;
    readonly page_size: number;
    readonly next_page: number | null;
    readonly prev_page: number | null;
    readonly first_page: boolean;
    readonly last_page: boolean;
  };
}

const usualSize = 50;
const largestSize = 100;

/** What a client asks for. */
export interface Paging {
  /** From 1. */
  readonly page: number;
  readonly size: number;
}

/** Throws for a `page` or `per` out of bounds. */
export function pagingOf(query: Readonly<Record<string, unknown>>): Paging {
  const faults: Problem[] = [];
  const page = Math.max(1, bounded(query["page"], "page", 0, Number.MAX_SAFE_INTEGER, faults) ?? 1);
  const size = bounded(query["per"], "per", 1, largestSize, faults) ?? usualSize;
  if (faults.length > 0) throw invalid(faults);
  return { page, size };
}

/** Throws for a `page` or `per` out of bounds. A page after the last one is empty. */
export function pageOf<Item>(items: readonly Item[], query: Readonly<Record<string, unknown>>): RestPage<Item> {
  const paging = pagingOf(query);
  const { page, size } = paging;
  return pageWith(items.slice((page - 1) * size, page * size), items.length, paging);
}

/** `data`: the items of this page; `total`: of the whole list. */
export function pageWith<Item>(data: readonly Item[], total: number, { page, size }: Paging): RestPage<Item> {
  const pages = Math.max(1, Math.ceil(total / size));
  return {
    data,
    page_info: {
      current_page: page,
      total_pages: pages,
      total_item_count: total,
      page_item_count: data.length,
      page_size: size,
      next_page: page < pages ? page + 1 : null,
      prev_page: page > 1 && page <= pages ? page - 1 : null,
      first_page: page === 1,
      last_page: page >= pages,
    },
  };
}

function bounded(given: unknown, name: string, least: number, most: number, faults: Problem[]): number | undefined {
  if (given === undefined) return undefined;
  const value = typeof given === "string" && /^\d{1,16}$/.test(given) ? Number(given) : Number.NaN;
  if (value >= least && value <= most) return value;
  const range = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `from ${least} to ${most}`;
  faults.push({ path: name, code: "inclusion", message: `must be a whole number ${range}` });
  return undefined;
}
