import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import { settingNames, variableOf } from "../../src/config/settings.ts";
import { belfryVariables } from "../../src/config/variables.ts";
import { SettingError } from "../../src/errors.ts";

function refusal(environment: Record<string, string>): string {
  try {
    belfryVariables(environment);
  } catch (error) {
    assert.ok(error instanceof SettingError);
    return error.message;
  }
  return "";
}

test("an unknown variable is refused with the one that it most likely means", () => {
  const meant: Record<string, string> = {
    BELFRY_ALLOW_NETWORK: "BELFRY_ALLOW_NETWORKS",
    BELFRY_ALOW_NETWORKS: "BELFRY_ALLOW_NETWORKS",
    BELFRY_LOGLEVEL: "BELFRY_LOG_LEVEL",
    BELFRY_PROT: "BELFRY_PORT",
    BELFRY_MAX_TIMEOUT: "BELFRY_TIMEOUT_MAX",
    BELFRY_EVENTS_RETENTION: "BELFRY_RETENTION_EVENTS",
    BELFRY_RETENTION: "BELFRY_RETENTION_EVENTS",
    BELFRY_HTTP_PORT: "BELFRY_PORT",
    BELFRY_DATA_DIR: "BELFRY_DATA",
    BELFRY_URI: "BELFRY_URL",
    belfry_port: "BELFRY_PORT",
  };
  for (const [mistyped, variable] of Object.entries(meant))
    assert.equal(
      refusal({ [mistyped]: "secret" }),
      `${mistyped} is not a variable of Belfry. Did you mean ${variable}? \`serve --help\` lists all.`,
    );
});

test("every unknown variable is named, and none of their values", () => {
  const message = refusal({ BELFRY_PROT: "hunter2", BELFRY_HOST: "::1", BELFRY_MASTERKEY: "hunter2" });
  assert.match(message, /BELFRY_PROT is .*BELFRY_PORT\? BELFRY_MASTERKEY is .*BELFRY_MASTER_KEY\?/);
  assert.doesNotMatch(message, /hunter2|BELFRY_HOST is/);
});

test("a setting with one letter more, less or changed means that setting", () => {
  // Only these two are so much alike that HORT may mean either.
  const names = settingNames.map(variableOf).filter((name) => name !== "BELFRY_HOST" && name !== "BELFRY_PORT");
  const letters = fc.constantFrom("A", "B", "C", "X", "Y", "Z");
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.nat(40), letters, fc.nat(2), (name, at, letter, change) => {
      const place = "BELFRY_".length + (at % (name.length - "BELFRY_".length));
      const rest = name.slice(change === 0 ? place : place + 1);
      const mistyped = `${name.slice(0, place)}${change === 2 ? "" : letter}${rest}`;
      fc.pre(!names.includes(mistyped) && mistyped !== "BELFRY_");
      assert.ok(refusal({ [mistyped]: "x" }).includes(`Did you mean ${name}?`), mistyped);
    }),
  );
});

test("variables of the commands, of the tests and of others are known; an empty one counts as unset", () => {
  const environment = { BELFRY_URL: "u", BELFRY_KEY: "k", BELFRY_PORT: "1", BELFRY_HOST: "", BELFRY_FOO: "" };
  const ours = { BELFRY_URL: "u", BELFRY_KEY: "k", BELFRY_PORT: "1" };
  assert.deepEqual(belfryVariables({ ...environment, BELFRY_TEST_DATA: "d", PATH: "p", MY_BELFRY_X: "x" }), ours);
});

test("what Kubernetes sets for a service of the name does not stop a server, and is no port to listen on", () => {
  const links = {
    BELFRY_SERVICE_HOST: "10.0.0.7",
    BELFRY_SERVICE_PORT: "8080",
    BELFRY_SERVICE_PORT_HTTP: "8080",
    BELFRY_PORT: "tcp://10.0.0.7:8080",
    BELFRY_PORT_8080_TCP: "tcp://10.0.0.7:8080",
    BELFRY_PORT_8080_TCP_PROTO: "tcp",
    BELFRY_PORT_8080_TCP_ADDR: "10.0.0.7",
    BELFRY_CONSOLE_SERVICE_HOST: "10.0.0.8",
    BELFRY_CONSOLE_PORT: "tcp://10.0.0.8:80",
    BELFRY_CONSOLE_PORT_80_TCP_PORT: "80",
  };
  assert.deepEqual(belfryVariables(links), {});
  assert.match(refusal({ BELFRY_CONSOLE_PORT: "80" }), /^BELFRY_CONSOLE_PORT is not/);
  assert.match(refusal({ BELFRY_SERVICE_POTR: "80" }), /^BELFRY_SERVICE_POTR is not/);
});
