// A score as a small table for people.

import type { EstimateScore, Score } from "./score.ts";

const columns = ["estimate", "compared", "mean error", "exact", "occupied", "within 1", "closing", "false vacancies"];

export function scoreTable(score: Score): string {
  const rows = [
    columns,
    row("minutes", score.minutes),
    row("minutes of floors", score.floorMinutes),
    row("minutes as first said", score.firstMinutes),
    row("instant", score.instants),
    row("traffic occupancy", score.trafficOccupancy),
  ];
  const widths = columns.map((_, column) => Math.max(...rows.map((cells) => cells[column]!.length)));
  const lines = rows.map((cells) =>
    cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join("  "),
  );
  const { traffic, motion } = score;
  return [
    ...lines,
    `Minutes corrected afterwards ${percent(score.corrected)}, observed ${percent(score.observed)} of the time.`,
    `Traffic: ${traffic.said.in} in and ${traffic.said.out} out of ${traffic.true.in} and ${traffic.true.out}.`,
    `Motion: right ${percent(motion.right)} of the time, ${motion.falseVacancies} of ${motion.edges} edges are false vacancies.`,
    "",
  ].join("\n");
}

function row(name: string, of: EstimateScore): string[] {
  if (of.compared === 0) return [name, "0", "-", "-", "-", "-", "-", "-"];
  return [
    name,
    String(of.compared),
    of.meanAbsoluteError.toFixed(3),
    percent(of.exact),
    percent(of.exactOccupied),
    percent(of.withinOne),
    String(of.closingError),
    String(of.falseVacancies),
  ];
}

const percent = (share: number): string => (Number.isNaN(share) ? "-" : `${(share * 100).toFixed(1)} %`);
