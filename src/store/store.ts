// The store as the rest of the program sees it: three ports and a life. An engine (sqlite/, postgres/) is a function
// that opens one.

import type { History } from "./history.ts";
import type { Ledger } from "./ledger.ts";
import type { Registry } from "./registry.ts";

export interface Store {
  readonly ledger: Ledger;
  readonly registry: Registry;
  readonly history: History;
  /** Resolves with the error when the store can no longer be trusted (fsync failed, disk gone): the process must end. */
  readonly broken: Promise<Error>;
  /** Ends after all that was asked for is done. */
  close(): Promise<void>;
}
