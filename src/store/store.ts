// The store as the rest of the program sees it: four ports, and how it ends. An engine, such as sqlite/, opens one.

import type { History } from "./history.ts";
import type { Ledger } from "./ledger.ts";
import type { Registry } from "./registry.ts";
import type { SignInStore } from "./sign-ins.ts";

export interface Store {
  readonly ledger: Ledger;
  readonly registry: Registry;
  readonly history: History;
  readonly signIns: SignInStore;
  /** Resolves with the error when the store can no longer be trusted: fsync failed, the disk is gone. The process must end. */
  readonly broken: Promise<Error>;
  /** Finishes what was asked for, then closes. Later calls are rejected. */
  close(): Promise<void>;
}
