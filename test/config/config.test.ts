import assert from "node:assert/strict";
import { test } from "node:test";
import { readConfig } from "../../src/config/config.ts";
import { deliverySettings, guardSettings, httpLimits, retentionSettings } from "../../src/config/parts.ts";
import type { Setting } from "../../src/config/setting.ts";
import { flagOf, settingNames, settings, variableOf } from "../../src/config/settings.ts";
import { createPolicy } from "../../src/delivery/guard/policy.ts";
import { deliveryDefaults, retentionDefaults } from "../../src/delivery/settings.ts";
import { SettingError } from "../../src/errors.ts";
import { defaultAdmissionLimits } from "../../src/http/limits/admission.ts";
import { defaultConnectionLimits } from "../../src/http/limits/connections.ts";

const refused = (pattern: RegExp) => (error: unknown) => error instanceof SettingError && pattern.test(error.message);

test("a flag wins over its variable, the variable over the default", () => {
  assert.equal(readConfig({}).capAll, 2048);
  assert.equal(readConfig({ BELFRY_CAP_ALL: "10" }).capAll, 10);
  assert.equal(readConfig({ BELFRY_CAP_ALL: "10" }, { capAll: "20" }).capAll, 20);
  assert.equal(readConfig({ BELFRY_CAP_ALL: "10" }, { capAll: "" }).capAll, 10);
  assert.equal(readConfig({ BELFRY_CAP_ALL: "" }).capAll, 2048);
});

test("a bad value is told by the name it was given under, all of them at once", () => {
  assert.throws(
    () => readConfig({ BELFRY_RETENTION_EVENTS: "7", BELFRY_BODY_MAX: "5MB" }, { port: "http" }),
    refused(
      /^--port must be .*, not "http"; BELFRY_RETENTION_EVENTS must be a time .*, not "7"; BELFRY_BODY_MAX must be a size .*, not "5MB"\.$/,
    ),
  );
});

test("a secret that signs nothing is refused by the name of its setting, and is not told", () => {
  const good = `whsec_${Buffer.alloc(32, 5).toString("base64")}`;
  assert.equal(readConfig({ BELFRY_DOOR_BRIDGE_SECRET: good }).doorBridgeSecret, good);
  for (const bad of ["whsec_short", "hunter2", good.slice(6), `${good}!`]) {
    assert.throws(
      () => readConfig({ BELFRY_DOOR_BRIDGE_SECRET: bad }),
      refused(/^BELFRY_DOOR_BRIDGE_SECRET must be whsec_ and 24 to 64 bytes in base64\.$/),
    );
  }
});

test("an address on the web is taken as it is, the server's own without slashes at its end, and anything else is refused", () => {
  const read = (given: string) => readConfig({ BELFRY_PUBLIC_URL: given, BELFRY_DOOR_BRIDGE_URL: given });
  for (const [good, base] of [
    ["https://belfry.example", "https://belfry.example"],
    ["https://belfry.example/", "https://belfry.example"],
    ["https://belfry.example//", "https://belfry.example"],
    ["http://10.0.0.7:8080/doors/", "http://10.0.0.7:8080/doors"],
  ] as const) {
    const { publicUrl, doorBridgeUrl } = read(good);
    assert.deepEqual([publicUrl, doorBridgeUrl], [base, good]);
  }
  for (const bad of ["belfry.example", "ftp://belfry.example", "https://"]) {
    assert.throws(() => read(bad), refused(/BELFRY_PUBLIC_URL must be .*; BELFRY_DOOR_BRIDGE_URL must be /));
  }
});

test("an unknown variable is refused before any value is looked at", () => {
  assert.throws(() => readConfig({ BELFRY_PORTS: "x", BELFRY_PORT: "x" }), refused(/Did you mean BELFRY_PORT\?/));
});

test("flag and variable of a setting are made from one name", () => {
  assert.equal(variableOf("retentionIdempotencyKeys"), "BELFRY_RETENTION_IDEMPOTENCY_KEYS");
  assert.equal(flagOf("retentionIdempotencyKeys"), "--retention-idempotency-keys");
  assert.equal(new Set(settingNames.map(variableOf)).size, settingNames.length);
});

test("every default can be read as what it stands for, and each setting has one plain sentence or two", () => {
  for (const name of settingNames) {
    const { kind, fallback, tells }: Setting = settings[name];
    if (fallback !== null) assert.notEqual(kind.read(fallback), null, name);
    assert.match(tells, /^[A-Z].*\.$/, name);
    assert.ok(tells.length < 130, name);
  }
});

test("without settings every part of the server has the numbers that it would choose itself", () => {
  const config = readConfig({});
  const own = [
    [deliverySettings(config), deliveryDefaults],
    [retentionSettings(config), retentionDefaults],
    [httpLimits(config), { ...defaultConnectionLimits, ...defaultAdmissionLimits }],
  ] as const;
  for (const [given, defaults] of own) assert.deepEqual({ ...defaults, ...given }, defaults);
});

test("each setting reaches the part that it is for", () => {
  const config = readConfig({
    BELFRY_CAP_SUBSCRIPTION: "11",
    BELFRY_CAP_ORGANIZATION: "12",
    BELFRY_CAP_HOST: "13",
    BELFRY_CAP_ALL: "14",
    BELFRY_MEMORY_ROWS: "1500",
    BELFRY_MEMORY_BYTES: "16MiB",
    BELFRY_TIMEOUT_BUTTERFLYMX: "17s",
    BELFRY_TIMEOUT_MAX: "18s",
    BELFRY_RETRY_DELAYS: "19s,20s",
    BELFRY_BREAKER_FAILURES: "21",
    BELFRY_PROBE_INTERVAL: "22s",
    BELFRY_AUTO_DISABLE_AFTER: "32h",
    BELFRY_DRAIN_TIME: "23s",
    BELFRY_RETENTION_EVENTS: "24d",
    BELFRY_RETENTION_OBSERVATIONS: "25d",
    BELFRY_RETENTION_IDEMPOTENCY_KEYS: "26d",
    BELFRY_RETENTION_MINUTES: "30d",
    BELFRY_RETENTION_ENTRIES: "31d",
    BELFRY_CONNECTIONS: "27",
    BELFRY_CONNECTIONS_PER_ADDRESS: "28",
    BELFRY_BODY_TOTAL: "29MiB",
  });
  assert.deepEqual(deliverySettings(config), {
    caps: { subscription: 11, organization: 12, host: 13, overall: 14 },
    rowsInMemory: 1500,
    bytesInMemory: 16 * 1024 * 1024,
    timeoutMs: 17_000,
    longestTimeoutMs: 18_000,
    retryDelays: [19_000, 20_000],
    breakAfter: 21,
    probeMostMs: 22_000,
    autoDisableMs: 32 * 3_600_000,
    drainMs: 23_000,
  });
  const day = 86_400_000;
  assert.deepEqual(retentionSettings(config), {
    eventsMs: 24 * day,
    observationsMs: 25 * day,
    idempotencyKeysMs: 26 * day,
    minutesMs: 30 * day,
    entriesMs: 31 * day,
  });
  assert.deepEqual(httpLimits(config), { connections: 27, connectionsPerAddress: 28, bodyBytes: 29 * 1024 * 1024 });
});

test("each setting of the guard reaches it", () => {
  const config = readConfig({
    BELFRY_ALLOW_NETWORKS: "10.1.0.0/16, fd00:5::/32",
    BELFRY_DENY_NETWORKS: "10.1.7.0/24,203.0.113.0/24",
    BELFRY_ALLOW_LOOPBACK: "true",
    BELFRY_ALLOW_METADATA: "1",
    BELFRY_ALLOW_NAMES: "bms.internal, *.svc.cluster.local",
    BELFRY_ALLOW_HTTP: "true",
    BELFRY_ALLOW_PORTS: "80",
  });
  assert.deepEqual(guardSettings(config), {
    allowNetworks: ["10.1.0.0/16", "fd00:5::/32"],
    denyNetworks: ["10.1.7.0/24", "203.0.113.0/24"],
    allowLoopback: true,
    allowMetadata: true,
    allowNames: ["bms.internal", "*.svc.cluster.local"],
    allowHttp: true,
    allowPorts: "80",
  });
  assert.throws(() => createPolicy({ denyNetworks: ["203.0.113.1/24"] }), refused(/^BELFRY_DENY_NETWORKS: /));
});
