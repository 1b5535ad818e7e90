// Erases what is left of removed organizations, slice by slice.

import type { RegistryStatements } from "../../registry-statements.ts";
import type { Context } from "../context.ts";
import { notYet } from "../not-yet.ts";

export const createEraseRemoved =
  (_context: Context): RegistryStatements["eraseRemoved"] =>
  () =>
    notYet("eraseRemoved");
