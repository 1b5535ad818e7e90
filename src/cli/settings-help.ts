// The settings of the server as flags of `belfry serve`, and the page of its help that lists them by topic.

import { type Command, Help, Option } from "commander";
import { truth } from "../config/kinds.ts";
import type { Setting } from "../config/setting.ts";
import { flagOf, type SettingName, settingNames, settings, topics, variableOf } from "../config/settings.ts";

/** Gives the command a flag for every setting that may stand on a command line, and lists all settings in its help. */
export function withSettings(command: Command): Command {
  const flags = settingNames
    .filter((name) => !settings[name].secret)
    .map((name) => new Option(flagWithValue(name), settings[name].tells).preset("true"));
  for (const flag of flags) command.addOption(flag);
  // The library lists the other flags, and then come the settings.
  const others = new Help();
  const listed = (command: Command) => new Help().visibleOptions(command).filter((option) => !flags.includes(option));
  others.visibleOptions = (command) => listed(command);
  return command.configureHelp({
    formatHelp: (command) =>
      `${others.formatHelp(command, others)}\nSettings, by flag or by environment variable. The flag wins.\n\n${settingsHelp()}`,
  });
}

/** A switch without a value means true. */
function flagWithValue(name: SettingName): string {
  const { kind } = settings[name] as Setting;
  return `${flagOf(name)} ${kind === truth ? `[${kind.placeholder}]` : `<${kind.placeholder}>`}`;
}

function settingsHelp(): string {
  return Object.entries(topics)
    .map(
      ([topic, group]) =>
        `${topic}:\n${Object.keys(group)
          .map((name) => entry(name as SettingName))
          .join("")}`,
    )
    .join("\n");
}

/** Flag, variable and default, and below them the sentence. */
function entry(name: SettingName): string {
  const { secret, fallback, tells } = settings[name];
  const flag = secret ? "(no flag)" : flagWithValue(name);
  const otherwise = fallback === null || fallback === "" ? "" : `, default ${fallback}`;
  const sentence = new Help().boxWrap(tells, 74).replaceAll(/^/gm, "      ");
  return `  ${flag.padEnd(38)}  ${variableOf(name)}${otherwise}\n${sentence}\n`;
}
