// Reading one field of a building model: narrows what JSON.parse gave, notes every fault instead of stopping at the
// first, and gives back the normal form. What a record may hold is said in shape.ts.

import type { Problem } from "../errors.ts";
import { atOnce, type Steps } from "../steps.ts";
import { plain } from "./model-text.ts";

export type RecordFields = Readonly<Record<string, unknown>>;

/** Where reading stands: the path into the request, the name of the field and the record it belongs to. */
export interface At {
  readonly path: string;
  readonly field: string;
  /** Such as `room room_1`. */
  readonly owner: string;
  readonly problems: Problem[];
  /** Names of time zones that were looked up already, in lower case: a look-up is slow. */
  readonly timeZones: Map<string, boolean>;
  /** Records that were read before and have not changed since. */
  readonly known: ReadonlySet<unknown>;
}

export interface Reader {
  /** Gives back the normal form, or undefined after it noted a fault. */
  (value: unknown, at: At): unknown;
  /** Of lists and records: the same, in steps. */
  readonly inSteps?: (value: unknown, at: At) => Steps<unknown>;
  /** Of records, and of lists of them: what was read, without fields that no shape knows. Absent: as it is. */
  readonly knownPart?: (value: unknown) => Steps<unknown>;
  /** JSON Schema of what it takes, as far as that can be said; absent: anything. */
  readonly schema?: object;
}

export const described = (reader: Reader, schema: object): Reader => Object.assign(reader, { schema });

export type RecordReader = Reader & Required<Pick<Reader, "knownPart" | "inSteps" | "schema">>;

/** Of what is read whole, a number counts, not how it was written. */
const readWhole = (reader: Reader, value: unknown, at: At): unknown => reader(plain(value), at);

export interface Shape {
  readonly required: Readonly<Record<string, Reader>>;
  readonly optional: Readonly<Record<string, Reader>>;
  /** What holds between fields; not asked where one of them is faulty already. */
  readonly between?: (read: RecordFields, inside: (field: string) => At) => void;
}

/** Nobody mends more at once, and a body of 32 MiB has room for thirty million. */
export const mostProblems = 1_000;

/** Always undefined, so that a reader can end with it. */
export function fault(at: At, code: string, must: string): undefined {
  if (isFull(at)) return;
  at.problems.push({ path: at.path, code, message: `${at.field} of ${at.owner} ${must}.` });
}

/** No further fault will be noted. */
export function isFull(at: At): boolean {
  return at.problems.length >= mostProblems;
}

/** Reads a record. Unknown fields stay as they are; null or empty text in an optional field means that it is absent, as
 * in what the vendor's own API gives. A faulty record comes back with what could be read, so that references to it raise
 * no faults of their own. */
export function record(kind: string, shape: Shape): RecordReader {
  function* inSteps(value: unknown, at: At): Steps<unknown> {
    if (at.known.has(value)) return value;
    if (!isMembers(value)) {
      fault(at, "WRONG_TYPE", "must be an object");
      return {};
    }
    const owner = at.path === "" ? `the ${kind}` : `${kind} ${describe(value["id"], at.path)}`;
    const made: Record<string, unknown> = { ...value };
    const faults = at.problems.length;
    const inside = (field: string): At => ({ ...at, path: join(at.path, field), field, owner });
    for (const [field, reader] of Object.entries(shape.required)) {
      const given = value[field];
      const isMissing = given === undefined || given === null;
      if (isMissing) fault(inside(field), "REQUIRED", "is required");
      if (isMissing || reader.inSteps === undefined) {
        put(made, field, isMissing ? undefined : readWhole(reader, given, inside(field)));
      } else put(made, field, yield* reader.inSteps(given, inside(field)));
    }
    for (const [field, reader] of Object.entries(shape.optional)) {
      const given = value[field];
      const absent = given === undefined || given === null || given === "";
      if (absent || reader.inSteps === undefined) {
        put(made, field, absent ? undefined : readWhole(reader, given, inside(field)));
      } else put(made, field, yield* reader.inSteps(given, inside(field)));
    }
    if (at.problems.length === faults) shape.between?.(made, inside);
    return made;
  }
  const fields = Object.entries({ ...shape.required, ...shape.optional });
  function* knownPart(value: unknown): Steps<unknown> {
    if (!isMembers(value)) return value;
    const known: Record<string, unknown> = {};
    for (const [field, { knownPart: part }] of fields) {
      const given = value[field];
      if (given !== undefined) known[field] = part === undefined ? given : yield* part(given);
    }
    return known;
  }
  const reader = (value: unknown, at: At) => atOnce(inSteps(value, at));
  return Object.assign(reader, { inSteps, knownPart, schema: schemaOf(shape) });
}

function schemaOf({ required, optional }: Shape): object {
  const whole = (readers: Shape["required"], more: readonly object[]) =>
    Object.entries(readers).map(([field, { schema = {} }]) => [
      field,
      more.length === 0 ? schema : { anyOf: [schema, ...more] },
    ]);
  return {
    type: "object",
    required: Object.keys(required),
    // Null and empty text are absent.
    properties: Object.fromEntries([...whole(required, []), ...whole(optional, [{ enum: [null, ""] }])]),
  };
}

/** Reads an array; undefined stands where an item was faulty, so that the places of the others stay true. */
export function list(item: Reader): Reader {
  function* inSteps(value: unknown, at: At): Steps<unknown> {
    if (!Array.isArray(value)) return fault(at, "WRONG_TYPE", "must be an array");
    const made: unknown[] = [];
    for (const [index, each] of value.entries()) {
      yield;
      const there = { ...at, path: `${at.path}[${index}]`, field: `${at.field}[${index}]` };
      made.push(item.inSteps === undefined ? readWhole(item, each, there) : yield* item.inSteps(each, there));
    }
    return made;
  }
  const { knownPart: part, schema: items = {} } = item;
  const schema = { type: "array", items };
  const reader = Object.assign((value: unknown, at: At) => atOnce(inSteps(value, at)), { inSteps, schema });
  if (part === undefined) return reader;
  return Object.assign(reader, {
    *knownPart(value: unknown): Steps<unknown> {
      if (!Array.isArray(value)) return value;
      const known: unknown[] = [];
      for (const each of value) {
        yield;
        known.push(yield* part(each));
      }
      return known;
    },
  });
}

const idForm = /^[!-.0-[\]-~]{1,128}$/;

/** Ids are taken as their makers give them; vendors' integers become text. */
export const id = described(
  (value, at) => {
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return String(value);
    if (typeof value === "string" && idForm.test(value)) return value;
    return fault(at, "INVALID_ID", "must be 1 to 128 printable ASCII characters without spaces and slashes");
  },
  {
    anyOf: [
      { type: "string", pattern: idForm.source },
      { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
    ],
  },
);

export const text = described(
  (value, at) => (typeof value === "string" ? value : fault(at, "WRONG_TYPE", "must be text")),
  { type: "string" },
);

export const filledText = described(
  (value, at) =>
    typeof value === "string" && value.trim() !== ""
      ? value
      : fault(at, "WRONG_TYPE", "must be text that is not empty"),
  { type: "string", pattern: "\\S" },
);

/** Text that people also write as a number: a floor, a label, a customer's own id. */
export const label = described(
  (value, at) => (typeof value === "number" && Number.isFinite(value) ? String(value) : text(value, at)),
  { type: ["string", "number"] },
);

export const flag = described(
  (value, at) => (typeof value === "boolean" ? value : fault(at, "WRONG_TYPE", "must be true or false")),
  { type: "boolean" },
);

export function oneOf(...choices: readonly string[]): Reader {
  return described(
    (value, at) =>
      choices.some((choice) => choice === value) ? value : fault(at, "WRONG_VALUE", `must be ${choices.join(" or ")}`),
    { enum: choices },
  );
}

/** `must` ends the sentence "X of Y must be …". */
export function number(fits: (value: number) => boolean, must: string): Reader {
  return described(
    (value, at) => {
      if (typeof value !== "number") return fault(at, "WRONG_TYPE", `must be ${must}`);
      return fits(value) ? value : fault(at, "WRONG_VALUE", `must be ${must}`);
    },
    { type: "number", description: `Must be ${must}.` },
  );
}

export function isMembers(value: unknown): value is RecordFields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function put(read: Record<string, unknown>, field: string, value: unknown): void {
  if (value === undefined) delete read[field];
  else read[field] = value;
}

function join(path: string, field: string): string {
  return path === "" ? field : `${path}.${field}`;
}

function describe(id: unknown, path: string): string {
  if (typeof id === "number") return String(id);
  return typeof id === "string" && id !== "" ? id.slice(0, 128) : `at ${path}`;
}
