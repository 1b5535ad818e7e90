// Reading a request field by field: what is wrong is noted with its path, and reading goes on, so that an answer names every
// fault at once. A key that is not known is a fault, too: a filter passed over would give numbers of other places.

import { BelfryError, type Problem } from "../../../errors.ts";

export type Reader<Value> = (value: unknown, path: string, faults: Faults) => Value;

/** What is wrong, in the order of reading. */
export type Faults = Problem[];

/** The rest is not noted. */
const most = 50;

/** `message` is the end of a sentence about the field. */
export function note(faults: Faults, path: string, message: string): void {
  if (faults.length < most) faults.push({ path, code: "INVALID", message });
}

/** Throws BAD_REQUEST with every fault. */
export function readWhole<Value>(body: unknown, reader: Reader<Value>): Value {
  const faults: Faults = [];
  const value = reader(body, "", faults);
  const [first] = faults;
  if (first === undefined) return value;
  const subject = first.path === "" ? "The body" : first.path;
  throw new BelfryError("BAD_REQUEST", `${subject} ${first.message}`, { problems: faults });
}

/** The fields of an object. An absent one and null are the same. */
export interface Fields {
  get<Value>(name: string, reader: Reader<Value>): Value | null;
  need<Value>(name: string, reader: Reader<Value>, fallback: Value): Value;
}

/** `names`: all keys that it may have. */
export function fieldsOf(value: unknown, path: string, faults: Faults, names: readonly string[]): Fields {
  const at = (name: string): string => (path === "" ? name : `${path}.${name}`);
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isObject) note(faults, path, "must be a JSON object.");
  const given = (isObject ? value : {}) as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(given)) {
    if (!names.includes(name)) note(faults, at(name.slice(0, 64)), `is not known here. Known are ${names.join(", ")}.`);
  }
  const get: Fields["get"] = (name, reader) => {
    const found = Object.hasOwn(given, name) ? given[name] : null;
    return found === undefined || found === null ? null : reader(found, at(name), faults);
  };
  return {
    get,
    need(name, reader, fallback) {
      const found = get(name, reader);
      if (found === null && isObject && (given[name] ?? null) === null) note(faults, at(name), "is missing.");
      return found ?? fallback;
    },
  };
}

export const oneOf =
  <Name extends string>(names: readonly Name[]): Reader<Name | null> =>
  (value, path, faults) => {
    const found = names.find((name) => name === value);
    if (found === undefined) note(faults, path, `must be one of ${names.join(", ")}.`);
    return found ?? null;
  };

export const flag: Reader<boolean> = (value, path, faults) => {
  if (typeof value !== "boolean") note(faults, path, "must be true or false.");
  return value === true;
};

export const finite: Reader<number> = (value, path, faults) => {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  note(faults, path, "must be a number.");
  return 0;
};

export const wholeFrom =
  (least: number, greatest: number): Reader<number> =>
  (value, path, faults) => {
    if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= greatest) return value;
    note(faults, path, `must be a whole number from ${least} to ${greatest}.`);
    return least;
  };

export const textOf =
  (longest: number): Reader<string> =>
  (value, path, faults) => {
    if (typeof value === "string" && value.length <= longest) return value;
    note(faults, path, `must be a text of at most ${longest} characters.`);
    return "";
  };

export const listOf =
  <Item>(item: Reader<Item>, longest: number): Reader<readonly Item[]> =>
  (value, path, faults) => {
    if (!Array.isArray(value) || value.length > longest) {
      note(faults, path, `must be a list of at most ${longest} entries.`);
      return [];
    }
    return value.map((each, index) => item(each, `${path}[${index}]`, faults));
  };

/** At least one of the names, each once. */
export const someOf =
  <Name extends string>(names: readonly Name[]): Reader<readonly Name[]> =>
  (value, path, faults) => {
    const named = listOf(oneOf(names), 20)(value, path, faults);
    if (Array.isArray(value) && value.length === 0)
      note(faults, path, `must name at least one of ${names.join(", ")}.`);
    return [...new Set(named.filter((name) => name !== null))];
  };
