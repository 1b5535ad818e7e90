// For whom something is made, as a request names it.

import { z } from "zod";
import { mustBe } from "../schema-messages.ts";

/** For whom, in a body: the organization unless it says so. */
export const scopeAsked = z
  .union(
    [
      z.strictObject({ kind: z.literal("organization") }),
      z.strictObject({ kind: z.enum(["building", "tenant"]), id: z.string().min(1).max(200) }),
    ],
    { error: mustBe('{"kind": "organization"}, or {"kind": "building" or "tenant", "id": …}') },
  )
  .default({ kind: "organization" });
