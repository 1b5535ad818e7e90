// What the mutations take, as the schema lets it through, and what must be true of it whatever is stored already.
// Absent and null differ: in an update absent keeps and null removes [design §4.13].

import type { DestinationGuard } from "../../delivery/destination-guard.ts";
import { BelfryError, type Problem } from "../../errors.ts";
import { filterProblems } from "./filters.ts";
import { firstName } from "./types.ts";

export interface EndpointInput {
  readonly url: string;
  readonly http_timeout: number;
  readonly api_key?: { readonly key: string; readonly value: string } | null;
  readonly basic_auth?: { readonly username: string; readonly password: string } | null;
}

export interface CreateInput {
  readonly name: string;
  readonly event_types: readonly string[];
  readonly endpoint_config: EndpointInput;
  readonly filters?: unknown;
  readonly send_on_value_change?: boolean | null;
}

export interface UpdateInput {
  readonly id: string;
  readonly name?: string | null;
  readonly event_types?: readonly string[] | null;
  readonly endpoint_config?: EndpointInput | null;
  readonly filters?: unknown;
  readonly send_on_value_change?: boolean | null;
}

/** No organization can hold more webhooks than there are event types; beyond this judging addresses would only cost. */
const mostEntries = 50;

type Input = CreateInput | UpdateInput;

/** Throws one error that lists every fault of every entry. Asks the judge about addresses and headers. */
export async function check(inputs: readonly Input[], guard: DestinationGuard, organization: string): Promise<void> {
  if (inputs.length > mostEntries) {
    throw new BelfryError("INVALID", `input may have at most ${mostEntries} entries; there are ${inputs.length}.`);
  }
  const problems = await Promise.all(
    inputs.map(async (input, index) => [
      ...plainProblems(input, `input[${index}]`),
      ...(await endpointProblems(input.endpoint_config, `input[${index}].endpoint_config`, guard, organization)),
    ]),
  );
  refuse(problems.flat());
}

/** One BelfryError for all problems; its message is the first of them in full. */
export function refuse(problems: readonly Problem[]): void {
  const [first, ...others] = problems;
  if (first === undefined) return;
  const more = others.length === 0 ? "" : ` (${others.length} more: see extensions.problems)`;
  const code = errorCodes.find((code) => problems.every((problem) => problem.code === code)) ?? "INVALID";
  throw new BelfryError(code, `${first.path} ${first.message}${more}`, { problems });
}

/** Problems that callers can tell apart by the error's own code. */
const errorCodes = ["ADDRESS_NOT_ALLOWED", "EVENT_TYPE_ALREADY_SUBSCRIBED", "NOT_FOUND"] as const;

function plainProblems(input: Input, path: string): Problem[] {
  const problems = [
    ...nameProblems(input.name, `${path}.name`),
    ...typeProblems(input.event_types, `${path}.event_types`),
  ];
  if (input.endpoint_config === null) problems.push(required(`${path}.endpoint_config`));
  return [...problems, ...filterProblems(input.filters, `${path}.filters`)];
}

function nameProblems(name: string | null | undefined, path: string): Problem[] {
  if (name === undefined) return [];
  if (name === null) return [required(path)];
  if (name.trim() !== "" && codePoints(name) <= 200) return [];
  return [{ path, code: "INVALID_NAME", message: "must have 1 to 200 characters, not only blanks." }];
}

const codePoints = (text: string): number => Array.from(text).length;

function typeProblems(types: readonly string[] | null | undefined, path: string): Problem[] {
  if (types === undefined) return [];
  if (types === null) return [required(path)];
  if (types.length === 0) {
    return [{ path, code: "NO_EVENT_TYPE", message: "must name at least one event type." }];
  }
  const seen = new Set<string>();
  const problems: Problem[] = [];
  for (const [index, type] of types.map(firstName).entries()) {
    if (seen.has(type)) {
      problems.push({
        path: `${path}[${index}]`,
        code: "DUPLICATE_EVENT_TYPE",
        message: `names ${type} a second time.`,
      });
    }
    seen.add(type);
  }
  return problems;
}

async function endpointProblems(
  endpoint: EndpointInput | null | undefined,
  path: string,
  guard: DestinationGuard,
  organization: string,
): Promise<Problem[]> {
  if (endpoint === undefined || endpoint === null) return [];
  const problems: Problem[] = [];
  const verdict = await guard.url(endpoint.url, organization);
  if (!verdict.allowed) {
    problems.push({ path: `${path}.url`, code: "ADDRESS_NOT_ALLOWED", message: sentence(verdict.message) });
  }
  if (endpoint.http_timeout < 1 || endpoint.http_timeout > 15) {
    problems.push({ path: `${path}.http_timeout`, code: "INVALID_TIMEOUT", message: "must be 1 to 15 seconds." });
  }
  if (endpoint.api_key) {
    const verdict = guard.header(endpoint.api_key.key, endpoint.api_key.value);
    if (!verdict.allowed) {
      problems.push({ path: `${path}.api_key`, code: "HEADER_NOT_ALLOWED", message: sentence(verdict.message) });
    }
  }
  if (endpoint.basic_auth) problems.push(...basicProblems(endpoint.basic_auth, `${path}.basic_auth`));
  return problems;
}

function basicProblems(basic: { readonly username: string; readonly password: string }, path: string): Problem[] {
  const problems: Problem[] = [];
  const problem = (field: string, message: string) =>
    problems.push({ path: `${path}.${field}`, code: "INVALID_BASIC_AUTH", message });
  // RFC 7617 §2: the first colon ends the user name, and neither part may hold control characters.
  if (basic.username.includes(":")) problem("username", "must not contain a colon.");
  for (const field of ["username", "password"] as const) {
    if (/\p{Cc}/u.test(basic[field])) problem(field, "must not contain control characters.");
    if (basic[field].length > 1_000) problem(field, "must have at most 1,000 characters.");
  }
  return problems;
}

const required = (path: string): Problem => ({
  path,
  code: "REQUIRED",
  message: "cannot be removed. Leave it out to keep it as it is.",
});

/** The judge speaks in whole sentences; after a path they need a joint. */
const sentence = (message: string): string => `is refused: ${message}`;
