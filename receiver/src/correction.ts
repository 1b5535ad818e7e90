// What Belfry's headers say about a correction. These headers are not signed.

import type { ReceivedMessage } from "./event.ts";
import { header, type HeaderSource } from "./headers.ts";

/** Revision 0 when the headers say nothing or are malformed. */
export function correctionOf(headers: HeaderSource): Pick<ReceivedMessage, "revision" | "previous"> {
  const text = header(headers, "belfry-revision") ?? "";
  if (!/^[1-9]\d{0,5}$/.test(text)) return { revision: 0 };
  const revision = Number(text);
  try {
    return { revision, previous: JSON.parse(header(headers, "belfry-previous-value") ?? "") };
  } catch {
    return { revision };
  }
}
