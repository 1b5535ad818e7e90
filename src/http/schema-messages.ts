// What is wrong with a request, in words that say what to do; the library's own are about types. What was given is said where it is
// a number or a name to choose: texts may be secrets.

import type { z } from "zod";

/** The end of a sentence that begins with the path of the faulty part; undefined: the library's words will do. */
export function schemaMessages(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "unrecognized_keys":
      return "is not known here: leave it out";
    case "invalid_value":
      return notChosen(issue);
    case "invalid_type":
      return issue.input === undefined ? "is missing" : mustBe(nouns[issue.expected] ?? issue.expected)(issue);
    case "invalid_union":
      return mustBe("in a form that this field takes: see /v1/openapi.json")(issue);
    case "too_small":
      return tooSmall(issue);
    case "too_big":
      return isCounted(issue.origin)
        ? `must have at most ${issue.maximum} ${counted(issue.origin)}`
        : `must be at most ${issue.maximum}${notGiven(issue.input)}`;
    default:
      return undefined;
  }
}

/** The message of a field that is one thing or another: `must be 0, or a number from 10, not 5`. */
export const mustBe =
  (what: string) =>
  ({ input }: { readonly input?: unknown }): string =>
    input === undefined ? "is missing" : `must be ${what}${notGiven(input)}`;

type Issue = z.core.$ZodIssue;

/** Where a field is one of several forms, the faults of the one that was meant, if that can be told; else the issue itself. */
export function faultsMeant(issue: Issue): readonly Issue[] {
  if (issue.code !== "invalid_union") return [issue];
  const meant = issue.errors.filter((faults) => !faults.some(isOfAnotherForm));
  if (meant.length !== 1) return [issue];
  return meant[0]!.flatMap(faultsMeant).map((each) => ({ ...each, path: [...issue.path, ...each.path] }));
}

const isOfAnotherForm = ({ code, path }: Issue): boolean =>
  code === "invalid_value" || (code === "invalid_type" && path.length === 0);

/** A name that was given instead is told: where names are to be chosen, it is no secret. */
function notChosen({ values, input }: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidValue>): string {
  if (input === undefined) return "is missing";
  const given = typeof input === "string" && input.length <= 40 ? `, not ${JSON.stringify(input)}` : notGiven(input);
  return `must be ${values.length > 1 ? "one of " : ""}${values.map(String).join(", ")}${given}`;
}

function tooSmall({ origin, minimum, input }: z.core.$ZodRawIssue<z.core.$ZodIssueTooSmall>): string {
  if (!isCounted(origin)) return `must be at least ${minimum}${notGiven(input)}`;
  return minimum === 1 ? "must not be empty" : `must have at least ${minimum} ${counted(origin)}`;
}

const isCounted = (origin: string): boolean => origin in units;
const counted = (origin: string): string => units[origin]!;

const units: Readonly<Record<string, string>> = { string: "characters", array: "entries", record: "entries" };

/** `, not 5`. */
function notGiven(input: unknown): string {
  if (typeof input === "number" || typeof input === "boolean" || input === null) return `, not ${String(input)}`;
  if (typeof input === "string") return ", not text";
  return Array.isArray(input) ? ", not a list" : ", not a JSON object";
}

const nouns: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a JSON object",
  record: "a JSON object",
};
