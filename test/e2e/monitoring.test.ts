// The dashboard and the alert rules in examples/ held against a running server, by Prometheus itself.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { startPrometheus, promtool, withoutPrometheus as skip } from "../fixtures/prometheus.ts";
import { until } from "../fixtures/until.ts";
import { call, makePlace, root, serve, type Server, startReceiver } from "./harness.ts";

if (skip !== false) console.log(`# THE ALERT RULES AND QUERIES ARE NOT TESTED: ${skip}`);

const file = (name: string): string => join(root, name);
const rules = file("examples/prometheus/alerts.yml");
const config = file("examples/prometheus/prometheus.yml");
const cases = file("test/e2e/alerts.promtool.yml");

interface Panel {
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string }[];
}
const { panels } = JSON.parse(readFileSync(file("examples/grafana/belfry.json"), "utf8")) as { panels: Panel[] };

/** Each query of the dashboard as Grafana would send it. */
const queries = panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => ({
    title,
    expr: expr.replaceAll("$job", "belfry").replaceAll("$instance", ".*").replaceAll("$__rate_interval", "10s"),
  })),
);
const expressions = [...readFileSync(rules, "utf8").matchAll(/^ *expr: (.*)$/gm)].map(([, expr]) => expr!);

let server: Server;
before(async () => {
  server = await serve(makePlace(), { BELFRY_RETRY_DELAYS: "none", BELFRY_LOG_LEVEL: "silent" });
  const model = JSON.parse(readFileSync(file("examples/building-model.json"), "utf8")) as unknown;
  await call(`${server.url}/v1/building-model`, { method: "PUT", key: server.key, body: model });
});

/** One delivery that arrives, one that is exhausted, and an observation. */
async function makeTraffic(): Promise<void> {
  const receiver = await startReceiver();
  receiver.answer(({ path }) => ({ status: path === "/bad" ? 500 : 200 }));
  const query = "mutation($input: [WebhookCreateInput!]!) { createWebhooks(input: $input) { id } }";
  const webhook = (path: string, type: string) => ({
    name: path,
    event_types: [type],
    endpoint_config: { url: `${receiver.url}${path}`, http_timeout: 5 },
  });
  const input = [webhook("/good", "FLOOR_OCCUPANCY"), webhook("/bad", "ROOM_OCCUPANCY")];
  const made = await call(`${server.url}/api/v3/graphql`, { key: server.key, body: { query, variables: { input } } });
  assert.equal(made.body.errors, undefined, JSON.stringify(made.body));
  const metadata = { org_id: "org_example", floor_id: "space_ground", room_id: "space_lobby" };
  const events = ["FLOOR_OCCUPANCY", "ROOM_OCCUPANCY"].map((type) => {
    return { id: `event_${type}`, type, timestamp: 1_727_735_832_000, metadata, data: 1 };
  });
  const body = { kind: "heartbeat", sensor: "sensor_lobby", at: Date.now() };
  await call(`${server.url}/v1/events?dialect=butlr`, { key: server.key, body: events });
  await call(`${server.url}/v1/observations`, { key: server.key, body });
  await receiver.waitFor(2);
}

test("promtool is content with the rules and the page of metrics", { skip }, async () => {
  const page = await (await fetch(`${server.url}/metrics`)).text();
  const checked = await promtool(["check", "rules", "--lint=all", "--lint-fatal", rules]);
  assert.ok(checked.ok, checked.said);
  const { said } = await promtool(["check", "metrics"], page);
  // Minutes are what these count, not their unit.
  const objections = said.split("\n").filter((line) => !/^belfry_minutes_\w+ use base unit|^$/.test(line));
  assert.deepEqual(objections, []);
});

test("each alert is quiet before its time, fires then, and says what it should", { skip }, async () => {
  const text = readFileSync(cases, "utf8");
  const names = [...readFileSync(rules, "utf8").matchAll(/- alert: (\w+)/g)].map(([, name]) => name!);
  for (const name of names) {
    assert.ok(text.includes(`alertname: ${name}\n        exp_alerts: []`), `${name} has no case in which it is quiet`);
    assert.ok(text.includes(`alertname: ${name}\n        exp_alerts:\n`), `${name} has no case in which it fires`);
  }
  const { ok, said } = await promtool(["test", "rules", cases]);
  assert.ok(ok, said);
});

test("each alert names a section of the documents", () => {
  const page = readFileSync(file("docs/operate.md"), "utf8");
  const anchors = [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\w -]/g, "")
      .replaceAll(" ", "-"),
  );
  const named = [...readFileSync(rules, "utf8").matchAll(/^ *docs: docs\/operate\.md#(\S+)$/gm)].map(([, to]) => to!);
  assert.equal(named.length, expressions.length);
  assert.deepEqual(
    named.filter((anchor) => !anchors.includes(anchor)),
    [],
  );
});

test("every metric and label that a query or a rule names is on the page of a running server", async () => {
  const page = (await (await fetch(`${server.url}/metrics`)).text()).split("\n");
  const scraped = ["job", "instance"];
  const missing = [...queries.map(({ expr }) => expr), ...expressions].flatMap((expr) =>
    [...expr.matchAll(/(\w+)\{([^}]*)\}/g)].flatMap(([, name, labels]) => {
      if (name === "up") return [];
      const series = page.filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
      if (series.length === 0) return [name!];
      const matchers = [...labels!.matchAll(/(\w+)(?:=~|!=|=)"([^"]*)"/g)].filter(([, on]) => !scraped.includes(on!));
      return matchers.flatMap(([, label, values]) =>
        values!
          .split("|")
          .map((value) => `${label}="${value}"`)
          .filter((pair) => !series.some((line) => line.includes(pair)))
          .map((pair) => `${name}{${pair}}`),
      );
    }),
  );
  assert.deepEqual(missing, []);
});

test("each panel of the dashboard has a title and a query, and stands on no other", () => {
  assert.ok(queries.length > 40);
  const cells = panels.flatMap(({ title, gridPos: { x, y, w, h } }) => {
    assert.notEqual(title, "");
    assert.ok(x + w <= 24, title);
    return Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`);
  });
  assert.equal(new Set(cells).size, cells.length);
});

test("each query of the dashboard answers, and each rule is evaluated, on a running server", { skip }, async (t) => {
  const prometheus = await startPrometheus(config, rules, new URL(server.url).host);
  t.after(() => prometheus.stop());
  const first = async (expr: string) => (await prometheus.query(expr))[0]?.value[1];
  const says = (value: string, expr: string) =>
    until(`${expr} is ${value}`, async () => {
      await pause(100);
      return (await first(expr)) === value;
    });
  await says("0", "belfry_deliveries_pending");
  await makeTraffic();
  await says("2", "sum(belfry_attempts_total)");
  const silent = [];
  for (const { title, expr } of queries) {
    if ((await prometheus.query(expr)).length === 0) silent.push(`${title}: ${expr}`);
  }
  assert.deepEqual(silent, []);
  for (const panel of ["Accepted to first attempt", "Delivered, by dialect", "Attempts that failed, by outcome"]) {
    const { expr } = queries.findLast(({ title }) => title === panel)!;
    const values = (await prometheus.query(expr)).map(({ value: [, value] }) => Number(value));
    assert.ok(Math.max(...values) > 0, `${panel}: ${values.join(" ")}`);
  }
  let judged = await prometheus.rules();
  await until("the first evaluation of every rule", async () => {
    judged = await prometheus.rules();
    return judged.every(({ health }) => health !== "unknown");
  });
  assert.equal(judged.length, expressions.length);
  for (const { name, health, lastError } of judged) assert.equal(health, "ok", `${name}: ${lastError}`);
});
