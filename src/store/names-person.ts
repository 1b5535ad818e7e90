// Whether what is kept names a person who asked to be erased. Pure: it reads the texts as they were accepted, and whatever is no JSON
// names nobody.

import { entryNumber } from "../model/entry.ts";
import type { EraseCursor, Person } from "./removal.ts";

/** Numbers and GUIDs of the entries of the person. */
export type KnownOf = Pick<EraseCursor, "numbers" | "guids">;

/** An entry's record. */
export function entryNames(data: string, { name }: Person): boolean {
  return isName(at(parsed(data), "name"), name);
}

/** A ready-made or derived event of ButterflyMX: its payload, and the scopes that this does not show. */
export function eventNames(body: string, scopes: string | null, person: Person, { numbers }: KnownOf): boolean {
  const data = at(parsed(body), "event", "data");
  const { called, tenants, selves } = (scopes === null ? {} : (parsed(scopes) ?? {})) as Record<string, unknown>;
  return (
    numbers.includes(at(data, "id") as number) ||
    isOneOf(at(data, "tenant_id"), person.references) ||
    isOneOf(at(data, "recipient", "id"), person.references) ||
    isName(at(data, "name"), person.name) ||
    called === person.id ||
    (Array.isArray(tenants) && tenants.length === 1 && tenants[0] === person.id) ||
    (Array.isArray(selves) && selves.includes(person.id))
  );
}

/** An observation of a door, by its place in the log. */
export function observationNames(position: number, body: string, person: Person, known: KnownOf): boolean {
  const found = parsed(body);
  const data = at(found, "data");
  return (
    known.numbers.includes(entryNumber(position)) ||
    isOneOf(at(data, "tenant_id"), person.references) ||
    isOneOf(at(data, "recipient", "id"), person.references) ||
    isOneOf(at(data, "entry_method", "keychain"), person.keychains) ||
    isOneOf(at(data, "entry_method", "access_tool"), person.accessTools) ||
    isName(at(data, "name"), person.name) ||
    isOneOf(at(found, "guid"), known.guids)
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function at(value: unknown, ...path: readonly string[]): unknown {
  for (const key of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

/** Ids come as texts and as numbers. */
const isOneOf = (value: unknown, ids: readonly string[]): boolean =>
  (typeof value === "string" || typeof value === "number") && ids.includes(String(value));

const isName = (value: unknown, name: string | null): boolean => name !== null && value === name;
