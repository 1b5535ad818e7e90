// Why a ready-made event is not taken, as its sender reads it.

import type { ReadyMade } from "../../dialect.ts";

export type Rejection = Extract<ReadyMade, { status: "rejected" }>;

export const rejected = (code: string, message: string): Rejection => ({ status: "rejected", code, message });
