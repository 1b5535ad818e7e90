// CalIt2: people in and out of one door of a building in Irvine, half an hour a slot, two lines a slot: flow 7 is out,
// flow 9 is in (UCI dataset 156). The file gives the wall clock and no zone: it is taken as UTC, and so is the site.

import type { ModelDocument } from "../../building/document.ts";
import {
  createNumbering,
  type RecordingLine,
  type Recorded,
  type RecordingFormat,
  wallClock,
  wholeNumber,
} from "../recording.ts";

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
  in: number;
  out: number;
}

export const calit2: RecordingFormat = {
  model,
  async *observations(lines) {
    const number = createNumbering("calit2");
    const finished = ({ at, line, share, in: inward, out }: CountSlot): Recorded => {
      const observation = { id: number(), kind: "traffic", sensor: "sensor_calit2", at, in: inward, out };
      return { line, share, at, text: JSON.stringify(observation) };
    };
    let slot: CountSlot | null = null;
    for await (const line of lines) {
      if (line.text.trim() === "") continue;
      const row = readRow(line);
      if (row === null) {
        yield { line: line.number, share: line.share, problem: "not of the form flow,MM/DD/YY,HH:MM:SS,count" };
        continue;
      }
      if (slot !== null && slot.when !== row.when) {
        yield finished(slot);
        slot = null;
      }
      slot ??= { when: row.when, at: row.at, line: line.number, share: line.share, in: 0, out: 0 };
      if (row.flow === "7") slot.out += row.count;
      else slot.in += row.count;
    }
    if (slot !== null) yield finished(slot);
  },
};

function readRow(line: RecordingLine): { flow: "7" | "9"; when: string; at: number; count: number } | null {
  const [flow, date = "", time = "", counted] = line.text.split(",").map((cell) => cell.trim());
  const [, month, day, year] = /^(\d{2})\/(\d{2})\/(\d{2})$/.exec(date) ?? [];
  const at = wallClock(`20${year}-${month}-${day}`, time);
  const count = wholeNumber(counted);
  if ((flow !== "7" && flow !== "9") || at === null || count === null) return null;
  return { flow, when: `${date} ${time}`, at, count };
}
