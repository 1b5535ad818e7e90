// Bodies of the operator API: JSON or nothing. An empty body is none, whatever its content-type says, since many clients
// name one always.

import { isUtf8 } from "node:buffer";
import { BelfryError } from "../errors.ts";
import type { HttpScope } from "./scope.ts";

const deepest = 100;

export function jsonBody(scope: HttpScope): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("application/json", { parseAs: "buffer" }, (_, body, done) => {
    try {
      done(null, readJson(body as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
}

/** Throws UNREADABLE_BODY. */
function readJson(bytes: Buffer): unknown {
  if (bytes.byteLength === 0) return undefined;
  if (!isUtf8(bytes)) throw new BelfryError("UNREADABLE_BODY", "The body is not valid UTF-8. Send UTF-8 text.");
  const text = bytes.toString("utf8");
  let value: unknown;
  try {
    value = JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch {
    throw new BelfryError("UNREADABLE_BODY", "The body is not JSON. Send one JSON object.");
  }
  refuseTraps(value);
  return value;
}

/** Level by level, so that no depth of nesting can overflow the stack, here or in those who walk the value later. */
function refuseTraps(value: unknown): void {
  let level: readonly unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > deepest) throw new BelfryError("UNREADABLE_BODY", `The JSON is nested deeper than ${deepest} levels.`);
    const next: unknown[] = [];
    for (const item of level) {
      if (typeof item !== "object" || item === null) continue;
      if (Object.hasOwn(item, "__proto__")) {
        throw new BelfryError("UNREADABLE_BODY", "The JSON has a key named __proto__. Leave it out.");
      }
      for (const inner of Object.values(item)) if (typeof inner === "object" && inner !== null) next.push(inner);
    }
    level = next;
  }
}
