// The BELFRY_… variables of an environment. A mistyped one would be ignored in silence, so every command that reads
// variables refuses those it does not know.

import { SettingError } from "../errors.ts";
import { nearest } from "./nearest.ts";
import { settingNames, variableOf } from "./settings.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Those of the commands beside a server. */
const clientVariables = ["BELFRY_URL", "BELFRY_KEY"];
const known: readonly string[] = [...settingNames.map(variableOf), ...clientVariables];

/** The known variables that are set. An empty one counts as unset, known or not. Throws a SettingError that names every
 * unknown one, and for each the one it most likely means. */
export function belfryVariables(environment: Environment): Environment {
  const own = Object.entries(environment).filter(
    ([name, value]) => /^BELFRY_/i.test(name) && value !== "" && !isServiceLink(name, value) && !isForTests(name),
  );
  const faults = own
    .filter(([name]) => !known.includes(name))
    .map(([name]) => `${name} is not a variable of Belfry. Did you mean ${nearest(name.toUpperCase(), known)}?`);
  if (faults.length > 0) throw new SettingError(`${faults.join(" ")} \`serve --help\` lists all.`);
  return Object.fromEntries(own);
}

/** Kubernetes puts these into every container beside a Service that is called belfry or belfry-…: the address of the
 * service, in BELFRY_PORT too. */
function isServiceLink(name: string, value = ""): boolean {
  if (/^BELFRY_(\w+_)?SERVICE_(HOST|PORT(_\w+)?)$/.test(name)) return true;
  if (/^BELFRY_(\w+_)?PORT_\d+_(TCP|UDP|SCTP)(_\w+)?$/.test(name)) return true;
  return name.endsWith("_PORT") && /^(tcp|udp|sctp):\/\//.test(value);
}

/** The test suite has variables of its own, and the servers it starts inherit them. */
const isForTests = (name: string): boolean => name.startsWith("BELFRY_TEST_");
