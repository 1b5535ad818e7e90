// Checks the whole chain of the audit, slice by slice, so that other reads go on beside it.

import type { AuditCheck, History } from "./history.ts";

/** `running`: false ends it early. What is written meanwhile is checked too. */
export async function verifyAudit(
  history: Pick<History, "checkAudit">,
  running: () => boolean = () => true,
): Promise<AuditCheck> {
  let check = await history.checkAudit(null);
  while (!check.isEnd && running()) check = await history.checkAudit(check.last);
  return check;
}
