// Tables as docs/accuracy.md has them: what is printed can be copied there as it is.

export type Cell = string | number;

/** Columns are as wide as their widest cell; numbers stand to the right. */
export function table(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const all = [header, ...rows].map((row) => row.map(String));
  const widths = header.map((_, column) => Math.max(3, ...all.map((row) => row[column]!.length)));
  const right = header.map((_, column) => column > 0);
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => (right[column]! ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!))).join(" | ")} |\n`;
  const rule = `| ${widths.map((width, column) => (right[column]! ? `${"-".repeat(width - 1)}:` : "-".repeat(width))).join(" | ")} |\n`;
  return line(all[0]!) + rule + all.slice(1).map(line).join("");
}

/** A share as a percentage with one decimal. */
export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
