// Observations in Belfry's own form, one JSON object a line: what POST /v1/observations takes and what other tools can
// write. Lines go out as they are, to the sensors of the model that the server has.

import { readTime } from "../../model/moment.ts";
import { asRecord } from "../json.ts";
import type { RecordingFormat } from "../recording.ts";

export const ndjson: RecordingFormat = {
  model: null,
  async *observations(lines) {
    for await (const { number: line, text, share } of lines) {
      const trimmed = text.trim();
      if (trimmed === "") continue;
      const value = read(trimmed);
      if (value === null) yield { line, share, problem: "not a JSON object" };
      else yield { line, share, at: moment(value["at"] ?? value["logged_at"]), text: trimmed };
    }
  },
};

function read(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? asRecord(value) : null;
  } catch {
    return null;
  }
}

/** Epoch ms; null for what the server will reject. Only the pace of the replay depends on it. */
function moment(at: unknown): number | null {
  const time = readTime(at);
  return typeof time === "number" ? time : null;
}
