// At each start: says where the chain of the audit is broken. Beside everything else, and never in its way.

import type { Log } from "../log.ts";
import type { History } from "./history.ts";
import { verifyAudit } from "./verify-audit.ts";

export async function warnOfBrokenAudit(
  history: Pick<History, "checkAudit">,
  log: Pick<Log, "warn">,
  running: () => boolean,
): Promise<void> {
  try {
    const { brokenAt } = await verifyAudit(history, running);
    if (brokenAt === null) return;
    const text = "An entry of the audit was changed or removed since it was written. See belfry audit verify.";
    log.warn("audit.broken", { entry: brokenAt }, text);
  } catch (error) {
    // A stop in the middle of it is no news.
    if (running()) log.warn("audit.unchecked", { err: error }, "The audit could not be checked at this start.");
  }
}
