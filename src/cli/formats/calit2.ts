// CalIt2: people in and out of one door of a building in Irvine, half an hour a slot, two lines a slot: flow 7 is out,
// flow 9 is in (UCI dataset 156). The file gives the wall clock and no zone: it is taken as UTC, and so is the site.

import type { ModelDocument } from "../../building/document.ts";
import { withContentId } from "../content-id.ts";
import { type Recorded, type RecordingFormat, wholeNumber } from "../recording.ts";
import type { RecordingLine } from "../text-lines.ts";
import { wallClock } from "../wall-clock.ts";

const model: ModelDocument = {
  organization: { id: "org_calit2", name: "CalIt2 door counts" },
  sites: [
    {
      id: "site_calit2",
      name: "Irvine",
      timezone: "UTC",
      buildings: [
        {
          id: "building_calit2",
          name: "CalIt2",
          floors: [
            {
              id: "space_calit2",
              name: "Ground floor",
              hives: [{ id: "hive_calit2", serialNumber: "ca11720000000001", hiveType: "2.0" }],
              sensors: [
                {
                  id: "sensor_calit2",
                  mac_address: "02-ca-11-72-00-00-00-01",
                  mode: "traffic",
                  model: "Door counter",
                  hive_id: "hive_calit2",
                },
              ],
            },
          ],
        },
      ],
    },
  ],
};

interface CountSlot {
  readonly when: string;
  readonly at: number;
  readonly line: number;
  readonly share: number;
  readonly counts: { "7"?: number; "9"?: number };
  /** A row beside its own could not be read. */
  isDoubtful: boolean;
}

export const calit2: RecordingFormat = {
  model,
  async *observations(lines) {
    let slot: CountSlot | null = null;
    let afterUnreadable = false;
    for await (const line of lines) {
      if (line.text.trim() === "") continue;
      const row = readRow(line);
      if (row === null) {
        afterUnreadable = true;
        if (slot !== null) slot.isDoubtful = true;
        yield { line: line.number, share: line.share, problem: "not of the form flow,MM/DD/YY,HH:MM:SS,count" };
        continue;
      }
      if (slot !== null && slot.when !== row.when) {
        yield finished(slot);
        slot = null;
      }
      const { when, at } = row;
      slot ??= { when, at, line: line.number, share: line.share, counts: {}, isDoubtful: afterUnreadable };
      slot.counts[row.flow] = (slot.counts[row.flow] ?? 0) + row.count;
      afterUnreadable = false;
    }
    if (slot !== null) yield finished(slot);
  },
};

/** Half a slot would be another count than the whole, and both would stay: it is sent when its other row can be read. */
function finished({ at, line, share, counts, isDoubtful }: CountSlot): Recorded {
  const isWhole = counts["7"] !== undefined && counts["9"] !== undefined;
  if (isDoubtful && !isWhole) return { line, share, problem: "its other row cannot be read, so the slot is not sent" };
  const observation = { kind: "traffic", sensor: "sensor_calit2", at, in: counts["9"] ?? 0, out: counts["7"] ?? 0 };
  return { line, share, at, text: withContentId("calit2", observation) };
}

interface CountRow {
  readonly flow: "7" | "9";
  readonly when: string;
  readonly at: number;
  readonly count: number;
}

function readRow(line: RecordingLine): CountRow | null {
  const [flow, date = "", time = "", counted] = line.text.split(",").map((cell) => cell.trim());
  const [, month, day, year] = /^(\d{2})\/(\d{2})\/(\d{2})$/.exec(date) ?? [];
  const at = wallClock(`20${year}-${month}-${day}`, time);
  const count = wholeNumber(counted);
  if ((flow !== "7" && flow !== "9") || at === null || count === null) return null;
  return { flow, when: `${date} ${time}`, at, count };
}
