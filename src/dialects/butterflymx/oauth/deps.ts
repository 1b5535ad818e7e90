// What the sign-in of people needs.

import type { Authenticator } from "../../../auth/authenticator-port.ts";
import type { SignIns } from "../../../auth/sign-ins.ts";
import type { Clock } from "../../../clock.ts";
import type { Log } from "../../../log.ts";

export interface OauthDeps {
  readonly authenticator: Authenticator;
  readonly signIns: SignIns;
  /** Where codes may be sent, beside out of band. */
  readonly redirects: readonly string[];
  /** Signs the forms of the page: 32 bytes, the same after a restart. */
  readonly formKey: Uint8Array;
  readonly clock: Clock;
  readonly log?: Log;
}
