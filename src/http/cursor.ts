// Cursors of pages: opaque, and good only for the list and the filter they came from. They carry a position and grant
// nothing: every page is filtered anew for who asks.

import { createHash } from "node:crypto";
import { z } from "zod";
import { BelfryError } from "../errors.ts";
import type { Page, PageRequest } from "../store/history.ts";

/** The part of a query that every list takes. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z
    .string()
    .max(1024)
    .optional()
    .describe("Only the `next` of the page before, asked with the same parameters by the same key."),
};

/** The answer of every list. */
export const listOf = <Item extends z.ZodType>(item: Item) =>
  z.object({
    data: z.array(item),
    next: z.string().nullable().describe("Give it as cursor to go on, after an empty page as well; null at the end."),
  });

export interface PageQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** `filter`: everything besides limit and cursor that decides what is in the list, the reader's organization included. */
export function pageRequest(query: PageQuery, filter: readonly unknown[]): PageRequest {
  const position = query.cursor === undefined ? null : Number(positionOf(query.cursor, filter));
  if (position !== null && !Number.isSafeInteger(position)) throw foreign();
  return { limit: query.limit, before: position };
}

export function pageAnswer<From, To>(
  page: Page<From>,
  filter: readonly unknown[],
  show: (item: From) => To,
): { data: To[]; next: string | null } {
  return { data: page.items.map(show), next: page.before === null ? null : cursorAt(String(page.before), filter) };
}

/** A page of a list that is in memory whole, newest first; `position` is unique and never changes. */
export function pageOf<From, To>(
  all: readonly From[],
  query: PageQuery,
  filter: readonly unknown[],
  position: (item: From) => string,
  show: (item: From) => To,
): { data: To[]; next: string | null } {
  const after = query.cursor === undefined ? null : positionOf(query.cursor, filter);
  const sorted = all
    .map((item) => ({ item, at: position(item) }))
    .filter(({ at }) => after === null || at < after)
    .toSorted((a, b) => (a.at < b.at ? 1 : -1));
  const shown = sorted.slice(0, query.limit);
  const last = shown.at(-1);
  const next = last === undefined || sorted.length <= query.limit ? null : cursorAt(last.at, filter);
  return { data: shown.map(({ item }) => show(item)), next };
}

/** A page of a list whose positions are texts, as the list itself pages. `page.after`: null at the end. */
export function placeAnswer<From, To>(
  page: { readonly items: readonly From[]; readonly after: string | null },
  filter: readonly unknown[],
  show: (item: From) => To,
): { data: To[]; next: string | null } {
  return { data: page.items.map(show), next: page.after === null ? null : cursorAt(page.after, filter) };
}

export function placeRequest(
  { limit, cursor }: PageQuery,
  filter: readonly unknown[],
): { readonly limit: number; readonly after: string | null } {
  return { limit, after: cursor === undefined ? null : positionOf(cursor, filter) };
}

function cursorAt(position: string, filter: readonly unknown[]): string {
  return Buffer.from(`${digest(filter)}${position}`).toString("base64url");
}

function positionOf(cursor: string, filter: readonly unknown[]): string {
  const text = Buffer.from(cursor, "base64url").toString();
  const mark = digest(filter);
  if (!text.startsWith(mark)) throw foreign();
  return text.slice(mark.length);
}

function digest(filter: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(filter)).digest("base64url").slice(0, 11);
}

const foreign = (): BelfryError =>
  new BelfryError("BAD_REQUEST", "This cursor is not of this list and filter. Begin again without a cursor.");
