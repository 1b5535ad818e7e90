// From flags, variables and defaults to one value that is passed on: flags win over variables, those over defaults. Read
// once, checked whole.

import { SettingError } from "../errors.ts";
import type { Setting } from "./setting.ts";
import { type Config, flagOf, type SettingName, settingNames, settings, variableOf } from "./settings.ts";
import { belfryVariables, type Environment } from "./variables.ts";

export type { Config } from "./settings.ts";

/** What was given as flags: `{ capAll: "64" }` for `--cap-all 64`. */
export type Flags = Readonly<Partial<Record<SettingName, string>>>;

/** Throws a SettingError that names every bad setting as it was given. An empty text means unset. */
export function readConfig(environment: Environment, flags: Flags = {}): Config {
  if (environment["NODE_TLS_REJECT_UNAUTHORIZED"] === "0") {
    throw new SettingError(
      "NODE_TLS_REJECT_UNAUTHORIZED=0 turns the check of certificates off: unset it, and name your authority in BELFRY_CA_FILE.",
    );
  }
  const variables = belfryVariables(environment);
  const faults: string[] = [];
  const values = settingNames.map((name) => {
    const { kind, fallback, secret }: Setting = settings[name];
    const [source, text] = given(name, flags, variables) ?? [variableOf(name), fallback];
    const value = text === null ? undefined : kind.read(text);
    // A mistyped secret is nearly the secret: it goes into no log.
    if (value === null) faults.push(`${source} ${kind.must}${secret ? "" : `, not ${JSON.stringify(text)}`}`);
    return [name, value] as const;
  });
  if (faults.length > 0) throw new SettingError(`${faults.join("; ")}.`);
  const config = Object.fromEntries(values) as Config;
  refuseMissingParts(config);
  return config;
}

/** Where a setting was given, in the words of whoever gave it, and its text. */
function given(name: SettingName, flags: Flags, variables: Environment): [source: string, text: string] | null {
  const [flag, variable] = [flags[name], variables[variableOf(name)]];
  if (flag !== undefined && flag !== "") return [flagOf(name), flag];
  return variable === undefined ? null : [variableOf(name), variable];
}

function refuseMissingParts({ databaseUrl, role }: Config): void {
  if (databaseUrl !== undefined && !/^postgres(ql)?:\/\//.test(databaseUrl)) {
    throw new SettingError(
      "The URL of the database must begin with postgres://: check BELFRY_DATABASE_URL or --database-url.",
    );
  }
  if (databaseUrl === undefined && role !== "all") {
    throw new SettingError(`--role ${role} needs PostgreSQL: name it with --database-url, or leave --role out.`);
  }
}
