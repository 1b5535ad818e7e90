// Columns of text, aligned.

/** No column gets narrower than this, so that something of it can be read. */
const narrowest = 8;

/** Cells must be printable already. Ends with a line feed. `width`: the longest columns are cut so that a line has no more
 * characters, but never the first, which is what people copy; absent: nothing is cut. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  width: number = Number.POSITIVE_INFINITY,
): string {
  const wanted = head.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const widths = fitted(wanted, width);
  const line = (cells: readonly string[]): string =>
    `${cells
      .map((cell, column) => cut(cell, widths[column]!).padEnd(widths[column]!))
      .join("  ")
      .trimEnd()}\n`;
  return [head, ...rows].map(line).join("");
}

function fitted(wanted: readonly number[], width: number): readonly number[] {
  const widths = [...wanted];
  const over = (): number => widths.reduce((sum, each) => sum + each + 2, -2) - width;
  while (over() > 0) {
    const [, ...others] = widths;
    const longest = Math.max(...others);
    if (!(longest > narrowest)) break;
    const at = widths.indexOf(longest, 1);
    // Down to the next longest in one step, or as far as it takes.
    const next = Math.max(narrowest, ...others.filter((each) => each < longest));
    widths[at] = Math.max(next, longest - over(), narrowest);
    if (widths[at] === longest) widths[at] = longest - 1;
  }
  return widths;
}

const cut = (cell: string, width: number): string => (cell.length > width ? `${cell.slice(0, width - 1)}…` : cell);
