// The errors that callers see: each has a stable code, an HTTP status and a sentence that says what to do. Each API
// turns them into its own form. An outcome of a delivery is never one of these: it is a value.

/** Every code that may reach a caller, with its HTTP status. docs/errors.md lists the same codes; a test compares. */
export const errorStatus = {
  BAD_REQUEST: 400,
  UNREADABLE_BODY: 400,
  ORGANIZATION_REQUIRED: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  CONFLICT: 409,
  REVISION_CHANGED: 412,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  INVALID: 422,
  INVALID_MODEL: 422,
  ADDRESS_NOT_ALLOWED: 422,
  EVENT_TYPE_ALREADY_SUBSCRIBED: 409,
  TOO_MANY_REQUESTS: 429,
  INTERNAL: 500,
  UNAVAILABLE: 503,
} as const satisfies Record<string, number>;

export type ErrorCode = keyof typeof errorStatus;

/** One thing that is wrong, where it is (a path into the request such as `sites[0].name`) and what to do about it. */
export interface Problem {
  readonly path: string;
  readonly code: string;
  readonly message: string;
}

/** Thrown for what a caller can mend. `problems` lists every single fault where there are several. */
export class BelfryError extends Error {
  override readonly name = "BelfryError";
  readonly code: ErrorCode;
  readonly status: number;
  readonly problems: readonly Problem[];

  constructor(code: ErrorCode, message: string, options: { problems?: readonly Problem[]; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = errorStatus[code];
    this.problems = options.problems ?? [];
  }
}

/** Why nothing can listen at this address, and what to do; null: the error is about something else. */
export function listenFault(error: unknown, host: string, port: number): string | null {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "EADDRINUSE") {
    return `Something listens on ${host}:${port} already: stop it, or choose another port with --port (0 takes a free one).`;
  }
  if (code === "EACCES") return `This user may not listen on port ${port}: choose one from 1024 up with --port.`;
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND" || code === "EAI_AGAIN" || code === "EINVAL") {
    return `"${host}" is no address of this machine: choose one with --host, such as 127.0.0.1.`;
  }
  return null;
}

/** Thrown when the process must not start or go on: a wrong key, a foreign lock, a full disk. Exit code 1. */
export class StartError extends Error {
  override readonly name: string = "StartError";
}

/** Thrown for settings with which it must not start: a bad value, an unknown variable, two that exclude each other. The
 * command was called wrongly: exit code 2. */
export class SettingError extends StartError {
  override readonly name = "SettingError";
}
