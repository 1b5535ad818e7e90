// What basic authentication may be made of, whatever API takes it. Pure.

import { isPlaceholder, placeholderMust } from "./placeholder.ts";

export interface BasicAuthFault {
  readonly field: "username" | "password";
  readonly message: string;
}

/** RFC 7617 §2: the first colon ends the user name, and neither part may hold control characters. */
export function basicAuthFaults(basic: { readonly username: string; readonly password: string }): BasicAuthFault[] {
  const faults: BasicAuthFault[] = [];
  if (basic.username.includes(":")) faults.push({ field: "username", message: "must not contain a colon." });
  for (const field of ["username", "password"] as const) {
    if (/\p{Cc}/u.test(basic[field])) faults.push({ field, message: "must not contain control characters." });
    if (basic[field].length > 1_000) faults.push({ field, message: "must have at most 1,000 characters." });
    if (isPlaceholder(basic[field])) faults.push({ field, message: placeholderMust });
  }
  return faults;
}
