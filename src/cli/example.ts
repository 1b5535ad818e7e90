// The example at the end of a command's help: a line that works as it is, in a shell, beside a server where it takes one.

import type { Command } from "commander";

/** `line` says `belfry`; the help says what the reader has to type instead. */
export const withExample = (command: Command, line: string): Command =>
  command.addHelpText("after", () => `\nExample:\n  ${line.replaceAll(/\bbelfry(?= )/g, rootOf(command).name())}`);

const rootOf = (command: Command): Command => (command.parent === null ? command : rootOf(command.parent));
