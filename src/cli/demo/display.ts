// Draws the demo: in place on a terminal, a line a second elsewhere, or as JSON.

import type { Terminal } from "../terminal.ts";
import { createPlain, picture, type Scene } from "./picture.ts";

export interface Display {
  /** Shows what has changed; once a second. */
  show(change: Pick<Scene, "server" | "now">): void;
  /** Again, as it is now. */
  draw(): void;
  /** Says something above the picture. */
  say(text: string): void;
}

export function createDisplay(terminal: Terminal, { json }: { readonly json?: true }, first: Scene): Display {
  let scene = first;
  let drawn = 0;
  const plain = createPlain();
  const wipe = (): string => (drawn > 0 ? `\x1b[${drawn}F\x1b[J` : "");
  const draw = (): void => {
    if (json) terminal.write(`${JSON.stringify(figures(scene))}\n`);
    else if (terminal.redraws) {
      const lines = picture(scene, terminal.columns(), terminal.rows());
      terminal.write(`${wipe()}${lines.join("\n")}\n`);
      drawn = lines.length;
    } else for (const line of plain(scene)) terminal.write(`${line}\n`);
  };
  return {
    show(change) {
      scene = { ...scene, ...change };
      draw();
    },
    draw,
    say(text) {
      terminal.write(`${wipe()}${text}\n`);
      drawn = 0;
      draw();
    },
  };
}

function figures({ now, tally }: Scene): object {
  const { observations, verdicts, types } = tally;
  return {
    at: new Date(now).toISOString(),
    observations: observations.total,
    ...verdicts,
    types: Object.fromEntries(types),
  };
}
