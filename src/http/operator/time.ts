// A moment as answers tell it.

import { z } from "zod";

export const time = z.string().describe("ISO 8601, UTC");
/** `at`: epoch ms. */
export const iso = (at: number): string => new Date(at).toISOString();
