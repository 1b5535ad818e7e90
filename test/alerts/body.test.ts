// The bodies of alerts in their three forms, and the sentence of every kind as docs/alerts.md shows it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { alertBody, composeAlert, testBody } from "../../src/alerts/body.ts";
import { helpOf, sentence } from "../../src/alerts/sentences.ts";
import { type AlertKind, alertForms, alertKinds, kindsFor, subjectOf } from "../../src/model/alert.ts";
import { roles } from "../../src/model/principal.ts";
import { sampleItem } from "./samples.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/alerts.md"), "utf8");

const hearers = (kind: AlertKind): string => {
  const words = {
    subscription: "all",
    sensor: "operator, organization",
    hive: "operator, organization",
    installation: "operator",
  };
  return words[subjectOf(kind)];
};

test("docs/alerts.md shows every kind, who may hear of it, and its sentence, letter for letter", () => {
  const rows = alertKinds.map((kind) => `| \`${kind}\` | ${hearers(kind)} | ${sentence([sampleItem(kind)])} |`);
  assert.deepEqual(page.match(/^\| `\w+\.\w+` \|.*$/gm), rows);
});

test("docs/alerts.md has the heading to which each kind leads", () => {
  for (const kind of alertKinds) assert.ok(page.includes(`\n### ${helpOf(kind)}\n`), helpOf(kind));
});

test("every sentence is one line, short enough for a chat, and says what to do", () => {
  for (const kind of alertKinds) {
    for (const count of [1, 2, 1_000]) {
      const items = Array.from({ length: count }, (_, at) => sampleItem(kind, { key: `${at}`, name: "N".repeat(500) }));
      const text = sentence(items);
      assert.match(text, /^[^\n]{20,600}\.$/, text);
      assert.ok(!text.includes("undefined") && !text.includes("null"), text);
    }
  }
});

const many = (kind: AlertKind, names: readonly string[], parts = {}) =>
  sentence(names.map((name) => sampleItem(kind, { key: name, name, ...parts })));

test("many matters are one sentence: how many, whose, and the first three by name", () => {
  assert.equal(
    many("subscription.failing", ["A", "B", "C", "D"]),
    "4 subscriptions of Birch & Vale fail: “A”, “B”, “C” and 1 more; check their receivers, Belfry keeps what is owed and tries" +
      " again by itself.",
  );
  assert.match(many("sensor.offline", ["A", "B"]), /^2 sensors of Birch & Vale are offline: “A” and “B”; check/);
  const items = ["1", "2", "3"].map((id) => sampleItem("subscription.failing", { organization: { id, name: id } }));
  assert.match(sentence(items), /^3 subscriptions of 3 organizations fail: /);
});

test("a name can neither break the line, nor end its quotes, nor be endless", () => {
  const text = sentence([sampleItem("subscription.failing", { name: `a”\n\u202eb ${"😀".repeat(200)}` })]);
  assert.ok(!/[\n\u202e]/.test(text));
  assert.equal(text.split("”").length, 2);
  assert.ok(text.isWellFormed() && text.length < 300);
});

const failing = alertBody("event_1", [sampleItem("subscription.failing", { name: "<!channel> & *Lobby*" })], 0);
const composed = (form: (typeof alertForms)[number]) =>
  JSON.parse(composeAlert(JSON.stringify(failing), alertForms.indexOf(form))) as Record<string, never>;

test("the JSON form is what is stored, with the facts of each matter", () => {
  assert.deepEqual(composed("json"), {
    id: "event_1",
    kind: "subscription.failing",
    at: "1970-01-01T00:00:00.000Z",
    text: failing.text,
    help: "A subscription fails",
    repeat: false,
    organization: { id: "org_1", name: "Birch & Vale" },
    count: 1,
    about: [
      {
        type: "subscription",
        id: "webhook_1",
        name: "<!channel> & *Lobby*",
        organization: "org_1",
        since: "2026-06-17T10:36:00.000Z",
        code: "http_error",
        status: 503,
      },
    ],
  });
});

test("an alert about more than fifty lists fifty and counts all", () => {
  const items = Array.from({ length: 60 }, (_, at) =>
    sampleItem("sensor.offline", { key: `${at}`, id: `sensor_${at}` }),
  );
  const body = alertBody("event_1", items, 0);
  assert.deepEqual([body.count, body.about.length], [60, 50]);
});

test("the Slack form is text and plain text, in which a name mentions nobody", () => {
  const { text, blocks } = composed("slack") as unknown as { text: string; blocks: unknown[] };
  assert.match(text, /“&lt;!channel&gt; &amp; \*Lobby\*”/);
  assert.deepEqual(blocks, [
    { type: "section", text: { type: "plain_text", text: failing.text, emoji: false } },
    {
      type: "context",
      elements: [{ type: "plain_text", text: "More in Belfry's docs/alerts.md: A subscription fails", emoji: false }],
    },
  ]);
});

test("the Teams form is an adaptive card of rich text, in which a name is no Markdown", () => {
  const { type, attachments } = composed("teams") as unknown as { type: string; attachments: { content: unknown }[] };
  assert.equal(type, "message");
  assert.deepEqual(attachments, [
    {
      contentType: "application/vnd.microsoft.card.adaptive",
      contentUrl: null,
      content: {
        $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
        type: "AdaptiveCard",
        version: "1.4",
        fallbackText: failing.text,
        body: [
          { type: "RichTextBlock", inlines: [{ type: "TextRun", text: failing.text }] },
          {
            type: "RichTextBlock",
            inlines: [
              { type: "TextRun", text: "More in Belfry's docs/alerts.md: A subscription fails", isSubtle: true },
            ],
          },
        ],
      },
    },
  ]);
});

test("a test says that it is one, in every form", () => {
  const text = JSON.stringify(testBody("event_1", "alert_1", 0));
  for (const variant of alertForms.keys())
    assert.match(composeAlert(text, variant), /This is a test of alert_1: alerts arrive here/);
  assert.throws(() => composeAlert(text, alertForms.length), /no variant 3/);
});

test("only operators hear of the installation, and only they and organizations of sensors", () => {
  const subjects = (role: (typeof roles)[number]) => [...new Set(kindsFor(role).map(subjectOf))];
  assert.deepEqual(Object.fromEntries(roles.map((role) => [role, subjects(role)])), {
    operator: ["subscription", "sensor", "hive", "installation"],
    organization: ["subscription", "sensor", "hive"],
    building: ["subscription"],
    tenant: ["subscription"],
    viewer: [],
    ingest: [],
  });
});
