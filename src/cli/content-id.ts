// Ids of observations that a recording does not number: made of what they say. So reading a file again gives the same ids, a
// corrected row moves no other one, and two recordings never share an id for different things.

import { createHash } from "node:crypto";

/** The observation as JSON text with its id. `format` begins the id. */
export function withContentId(format: string, observation: object): string {
  const digest = createHash("sha256").update(JSON.stringify(observation)).digest("base64url").slice(0, 22);
  return JSON.stringify({ id: `${format}-${digest}`, ...observation });
}
