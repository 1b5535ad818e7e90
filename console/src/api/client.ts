// The operator API as the pages see it. Every answer that is no success is an ApiFailure with a sentence for people; a session
// that has ended shows the sign-in page, whatever was asked.

import { signal } from "@preact/signals";
import { serverNow, setServerTime } from "../live/now.ts";
import { noteRead } from "../live/reads.ts";

export interface Problem {
  /** `sites[0].name` */
  readonly path: string;
  readonly message: string;
}

export class ApiFailure extends Error {
  override readonly name = "ApiFailure";
  /** 0: nobody answered. */
  readonly status: number;
  readonly code: string;
  /** Each single fault, by its path in what was sent. */
  readonly problems: readonly Problem[];

  constructor(status: number, code: string, message: string, problems: readonly Problem[] = []) {
    super(message);
    this.status = status;
    this.code = code;
    this.problems = problems;
  }
}

/** What a person reads of anything thrown. */
export const failureText = (error: unknown): string => (error instanceof ApiFailure ? error.message : String(error));

export type Query = Readonly<Record<string, string | number | null | undefined>>;

interface Access {
  csrf: string | null;
  /** For which an operator's session acts; null: the key decides. */
  organization: string | null;
  onSignedOut: () => void;
}

/** Written by the session. */
export const access: Access = { csrf: null, organization: null, onSignedOut: () => {} };

/** Since when nothing was heard of the server, in its own time, epoch ms; null: it answers. */
export const lostSince = signal<number | null>(null);
let lastContact = serverNow();

/** The server was heard of just now. */
export function noteContact(): void {
  lastContact = serverNow();
  lostSince.value = null;
}

/** It does not answer any more. */
export function noteLoss(): void {
  lostSince.value ??= lastContact;
}

/** For which organization somebody acts; null: for all of them, which an operator may. Default: the one that the pages are about. */
export type ActingFor = string | null;

/** GETs JSON. Absent and null parameters are left out. */
export function get<Answer>(
  path: string,
  query: Query = {},
  signal?: AbortSignal,
  actingFor?: ActingFor,
): Promise<Answer> {
  // The stream tells of the organization that the pages are about.
  if (actingFor === undefined || actingFor === access.organization) noteRead(signal, { path, query });
  return request<Answer>("GET", path + queryText(query), { headers: acting(actingFor), ...(signal && { signal }) });
}

export interface Tagged {
  readonly text: string;
  /** The revision, to be shown with a change of it. */
  readonly etag: string | null;
}

/** GETs JSON as the text that it is: parsed, numbers would lose digits. */
export async function getTagged(path: string, actingFor?: ActingFor): Promise<Tagged> {
  const response = await reach(path, { headers: acting(actingFor) });
  if (!response.ok) throw await failureOf(response);
  return { text: await response.text(), etag: response.headers.get("etag") };
}

/** PUTs JSON text. `etag`: only where it is still the one that was read. */
export function putText<Answer>(
  path: string,
  text: string,
  etag: string | null,
  actingFor?: ActingFor,
): Promise<Answer> {
  const headers = {
    ...acting(actingFor),
    ...csrf(),
    "content-type": "application/json",
    ...(etag === null ? {} : { "if-match": etag }),
  };
  return request<Answer>("PUT", path, { headers, body: text });
}

/** GETs text that belongs to no organization, such as the metrics. */
export async function getText(path: string, signal?: AbortSignal): Promise<string> {
  const response = await reach(path, signal === undefined ? {} : { signal });
  if (!response.ok && response.status !== 503) throw await failureOf(response);
  return response.text();
}

/** The answer to a GET as it comes. Throws an ApiFailure where it is no success. */
export async function openStream(path: string, signal: AbortSignal): Promise<Response> {
  const response = await reach(path, { headers: acting(), signal });
  if (!response.ok) throw await failureOf(response);
  return response;
}

/** Changes something. */
export function send<Answer = null>(
  method: "POST" | "PUT" | "PATCH" | "DELETE",
  path: string,
  body?: object,
  actingFor?: ActingFor,
): Promise<Answer> {
  return request<Answer>(method, path, {
    headers: {
      ...acting(actingFor),
      ...csrf(),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

const acting = (organization: ActingFor = access.organization): Record<string, string> =>
  organization === null ? {} : { "belfry-organization": organization };

const csrf = (): Record<string, string> => (access.csrf === null ? {} : { "x-csrf-token": access.csrf });

async function request<Answer>(method: string, path: string, init: RequestInit): Promise<Answer> {
  const response = await reach(path, { ...init, method });
  if (!response.ok) throw await failureOf(response);
  return (response.status === 204 ? null : await response.json()) as Answer;
}

async function reach(path: string, init: RequestInit): Promise<Response> {
  try {
    const response = await fetch(path, { ...init, credentials: "same-origin", cache: "no-store" });
    setServerTime(response.headers.get("date"));
    noteContact();
    return response;
  } catch (error) {
    if (init.signal?.aborted !== true) noteLoss();
    throw error instanceof DOMException && error.name === "AbortError"
      ? error
      : new ApiFailure(0, "UNREACHABLE", "The server does not answer.");
  }
}

async function failureOf(response: Response): Promise<ApiFailure> {
  const problem = (await response.json().catch(() => ({}))) as {
    code?: string;
    detail?: string;
    problems?: Problem[];
  };
  const { code = "UNKNOWN", detail = `The server answered ${response.status}.`, problems = [] } = problem;
  if (response.status === 401) access.onSignedOut();
  return new ApiFailure(response.status, code, detail, problems);
}

export function queryText(query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text === "" ? "" : `?${text}`;
}

/** One part of a path. */
export const part = (id: string): string => encodeURIComponent(id);
