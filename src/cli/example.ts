// The example at the end of a command's help: a line that works as it is, in a shell, beside a server where it takes one.

import type { Command } from "commander";

export const withExample = (command: Command, line: string): Command =>
  command.addHelpText("after", `\nExample:\n  ${line}`);
