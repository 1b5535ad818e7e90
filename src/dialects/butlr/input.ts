// What the mutations take, as the schema lets it through, and what must be true of it whatever is stored already.
// Absent and null differ: in an update absent keeps and null removes [design §4.13].

import type { DestinationGuard } from "../../delivery/destination-guard.ts";
import { BelfryError, type Problem } from "../../errors.ts";
import { basicAuthFaults } from "../../model/basic-auth.ts";
import { filterProblems } from "./filters.ts";
import { firstName } from "./types.ts";

export interface EndpointInput {
  readonly url: string;
  readonly http_timeout: number;
  readonly api_key?: { readonly key: string; readonly value: string } | null;
  readonly basic_auth?: { readonly username: string; readonly password: string } | null;
}

export interface RetryPolicyInput {
  readonly delays_s: readonly number[];
}

/** How the lane of a webhook works; absent or null: as the installation is set. */
interface LaneInput {
  readonly retry_policy?: RetryPolicyInput | null;
  readonly concurrency?: number | null;
}

export interface CreateInput extends LaneInput {
  readonly name: string;
  readonly event_types: readonly string[];
  readonly endpoint_config: EndpointInput;
  readonly filters?: unknown;
  readonly send_on_value_change?: boolean | null;
}

export interface UpdateInput extends LaneInput {
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

/** What the check asks of the installation. */
export interface CheckDeps {
  readonly guard: Pick<DestinationGuard, "url" | "header">;
  /** How long an organization keeps events, ms: retries must end before. */
  readonly eventsKeptMs: (organization: string) => Promise<number>;
}

/** Throws one error that lists every fault of every entry. Asks the judge about addresses and headers. */
export async function check(
  inputs: readonly Input[],
  { guard, eventsKeptMs }: CheckDeps,
  organization: string,
): Promise<void> {
  if (inputs.length > mostEntries) {
    throw new BelfryError("INVALID", `input may have at most ${mostEntries} entries; there are ${inputs.length}.`);
  }
  const hasRetries = inputs.some(({ retry_policy: policy }) => policy !== undefined && policy !== null);
  const keptMs = hasRetries ? await eventsKeptMs(organization) : Infinity;
  const problems = await Promise.all(
    inputs.map(async (input, index) => [
      ...plainProblems(input, `input[${index}]`),
      ...laneProblems(input, `input[${index}]`, keptMs),
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
const errorCodes = ["ADDRESS_NOT_ALLOWED", "EVENT_TYPE_ALREADY_SUBSCRIBED", "NOT_FOUND", "CONFLICT"] as const;

function plainProblems(input: Input, path: string): Problem[] {
  const problems: Problem[] = [
    ...nameProblems(input.name, `${path}.name`),
    ...typeProblems(input.event_types, `${path}.event_types`),
  ];
  return [...problems, ...filterProblems(input.filters, `${path}.filters`)];
}

function nameProblems(name: string | null | undefined, path: string): Problem[] {
  if (name === undefined || name === null) return [];
  if (name.trim() !== "" && codePoints(name) <= 200) return [];
  return [{ path, code: "INVALID_NAME", message: "must have 1 to 200 characters, not only blanks." }];
}

const codePoints = (text: string): number => Array.from(text).length;

export function typeProblems(types: readonly string[] | null | undefined, path: string): Problem[] {
  if (types === undefined || types === null) return [];
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
  guard: Pick<DestinationGuard, "url" | "header">,
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

const basicProblems = (basic: NonNullable<EndpointInput["basic_auth"]>, path: string): Problem[] =>
  basicAuthFaults(basic).map(({ field, message }) => ({
    path: `${path}.${field}`,
    code: "INVALID_BASIC_AUTH",
    message,
  }));

/** Each delay is drawn from ±20 % of itself, and an attempt takes its time too. */
const slack = 1.25;
const mostDelays = 20;
const longestDelay = 24 * 3600;

function laneProblems(input: LaneInput, path: string, eventsKeptMs: number): Problem[] {
  const problems: Problem[] = [];
  const { concurrency, retry_policy: policy } = input;
  if (typeof concurrency === "number" && (concurrency < 1 || concurrency > 64)) {
    problems.push({ path: `${path}.concurrency`, code: "INVALID_CONCURRENCY", message: "must be 1 to 64." });
  }
  if (policy === undefined || policy === null) return problems;
  const { delays_s: delays } = policy;
  const fault = (message: string) =>
    problems.push({ path: `${path}.retry_policy.delays_s`, code: "INVALID_RETRY_POLICY", message });
  if (delays.length > mostDelays) fault(`must have at most ${mostDelays} entries.`);
  else if (delays.some((delay) => delay < 1 || delay > longestDelay))
    fault(`must be 1 to ${longestDelay} seconds each.`);
  else if (delays.reduce((sum, delay) => sum + delay, 0) * 1000 * slack >= eventsKeptMs) {
    fault(`must end before events are forgotten, after ${Math.floor(eventsKeptMs / 3_600_000)} hours.`);
  }
  return problems;
}

/** The judge speaks in whole sentences; after a path they need a joint. */
const sentence = (message: string): string => `is refused: ${message}`;
