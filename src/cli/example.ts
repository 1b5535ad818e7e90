// The example at the end of a command's help: a line that works as it is, in a shell, beside a server where it takes one.

import type { Command } from "commander";

/** `line` is written with `belfry`, and shown with the name by which the program was called. */
export const withExample = (command: Command, line: string): Command =>
  command.addHelpText("after", () => `\nExample:\n  ${line.replaceAll("belfry ", `${calledAs(command)} `)}`);

const calledAs = (command: Command): string => (command.parent === null ? command.name() : calledAs(command.parent));
