// Starts this process again in place with the V8 flags that it lacks: same pid, arguments, streams and working directory, and
// whoever started it notices nothing. At most once. Where it cannot be, the process goes on as it is.

import { accessSync, constants } from "node:fs";
import { givenFlags, missingFlags } from "./v8-flags.ts";

/** What is needed of `process`. */
export type Startable = Pick<
  NodeJS.Process,
  "argv" | "argv0" | "env" | "execArgv" | "execPath" | "execve" | "pid" | "platform"
> &
  Partial<Pick<NodeJS.Process, "channel" | "permission">>;

/** Set for the second start only: the pid, so that a child which inherits it does not take it for its own. */
const mark = "BELFRY_STARTED_AGAIN";

/** Returns where the process has all flags (null), or must go on without (why). */
export function startAgain(process: Startable): string | null {
  const second = process.env[mark] === String(process.pid);
  delete process.env[mark];
  const missing = missingFlags(givenFlags(process));
  if (missing.length === 0) return null;
  const why = second ? "it was started again and lacks them still" : obstacle(process);
  if (why !== null) return why;
  const args = [process.argv0, ...missing, ...process.execArgv, ...process.argv.slice(1)];
  try {
    process.execve!(process.execPath, args, { ...process.env, [mark]: String(process.pid) });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "the system went on with this process";
}

/** Node may end the process where the system refuses to start it again, so what can be known is looked at before. */
function obstacle({ argv, channel, env, execArgv, execPath, execve, permission, platform }: Startable): string | null {
  if (platform === "win32" || execve === undefined) return "this system cannot replace a process";
  if (argv[1] === undefined) return "it is not known which file was started";
  if (permission !== undefined && !permission.has("child")) return "--permission forbids it";
  if (channel) return "its parent talks to it over a channel, which would be closed";
  if (givenFlags({ env, execArgv }).some((flag) => /^--inspect-(brk|wait)/.test(flag)))
    return "a debugger is attached, which would be detached";
  try {
    accessSync(execPath, constants.X_OK);
    return null;
  } catch {
    return `${execPath} is there no longer`;
  }
}
