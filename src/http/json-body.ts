// Port: from the bytes of a body to JSON, the one way for every API. A byte order mark is passed over. Whatever comes out
// can be walked without fear: no depth overflows a stack, no key reaches a prototype.

import { isUtf8 } from "node:buffer";
import { BelfryError } from "../errors.ts";
import type { HttpScope } from "./scope.ts";

const deepest = 100;

/** Bodies of this scope are JSON or nothing. An empty body is none, whatever its content-type says: many clients name one
 * always. */
export function jsonBody(scope: HttpScope, mediaTypes: string | string[] = "application/json"): void {
  scope.removeAllContentTypeParsers();
  scope.addHook("onRequest", ({ headers }, _, done) => {
    const { "content-length": length = "0", "transfer-encoding": coding } = headers;
    if (length === "0" && coding === undefined) delete headers["content-type"];
    done();
  });
  scope.addContentTypeParser(mediaTypes, { parseAs: "buffer" }, (request, body, done) => {
    if (request.routeOptions.config.rawBody === true) return done(null, body);
    try {
      done(null, body.length === 0 ? undefined : readJson(body as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
}

/** The text of a body without a byte order mark. Throws UNREADABLE_BODY for what is not UTF-8. */
export function utf8Text(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw new BelfryError("UNREADABLE_BODY", "The body is not valid UTF-8. Send UTF-8 text.");
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

/** Throws UNREADABLE_BODY. */
export function readJson(bytes: Uint8Array): unknown {
  const text = utf8Text(bytes);
  let value: unknown;
  try {
    value = JSON.parse(text);
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
