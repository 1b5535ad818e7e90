// The documents list what the code has: a setting or an outcome without its line in docs/ fails here, and so does a line
// without its code.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import type { Command } from "commander";
import { checkModel } from "../src/building/check.ts";
import { recordsOf } from "../src/building/records.ts";
import { createProgram } from "../src/cli/program.ts";
import { flagOf, topics, variableOf } from "../src/config/settings.ts";
import { logEvents } from "../src/log-events.ts";
import { outcomes } from "../src/model/attempt.ts";
import { deliveryStates } from "../src/model/delivery.ts";
import { idleReasons, laneStates } from "../src/model/lane.ts";
import { createTestTerminal } from "./cli/test-terminal.ts";

const root = join(import.meta.dirname, "..");

const rowsOf = (document: string, pattern: RegExp): string[] =>
  [...readFileSync(join(import.meta.dirname, "../docs", document), "utf8").matchAll(pattern)]
    .map((row) => row[1]!)
    .toSorted();

test("docs/settings.md says the same of every setting as `serve --help`, topic by topic", () => {
  const cell = (text: string | null): string => (text === null || text === "" ? "" : `\`${text}\` `);
  const wanted = Object.entries(topics).flatMap(([topic, group]) => [
    `### ${topic}`,
    ...Object.entries(group).map(([name, { secret, fallback, tells }]) => {
      const flag = secret ? null : flagOf(name);
      return `| \`${variableOf(name)}\` | ${cell(flag)}| ${cell(fallback)}| ${tells} |`;
    }),
  ]);
  const page = readFileSync(join(root, "docs/settings.md"), "utf8");
  assert.deepEqual(page.match(/^(### .*|\| `.*)$/gm), wanted);
});

test("docs/outcomes.md lists every outcome, what follows, and no other", () => {
  const words = {
    success: "done",
    retry: "retry",
    disable: "the subscription is disabled",
    end: "end",
    hold: "held",
    uncounted: "not counted",
  };
  const rows = rowsOf("outcomes.md", /^\| `(\w+)` \|/gm);
  assert.deepEqual(rows, Object.keys(outcomes).toSorted());
  const text = readFileSync(join(import.meta.dirname, "../docs/outcomes.md"), "utf8");
  for (const [code, then] of Object.entries(outcomes)) {
    assert.match(text, new RegExp(`^\\| \`${code}\` \\|.*\\| ${words[then]}`, "m"), code);
  }
});

test("docs/api.md lists every state of a lane, every reason why it starts nothing, and no other", () => {
  const section = (heading: string): string[] => {
    const page = readFileSync(join(root, "docs/api.md"), "utf8");
    const table = page.split(`| \`${heading}\` | |\n`)[1]!.split("\n\n")[0]!;
    return [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name!);
  };
  assert.deepEqual(section("state").toSorted(), [...laneStates].toSorted());
  assert.deepEqual(section("waiting_for"), Object.keys(idleReasons), "in the order in which they are asked");
});

test("docs/deliveries.md draws every state of a delivery, and names every state of a lane", () => {
  const page = readFileSync(join(root, "docs/deliveries.md"), "utf8");
  const part = (heading: string) => page.split(`### ${heading}\n`)[1]!.split("\n## ")[0]!;
  const drawn = [...part("Of a delivery").matchAll(/--> (\w+):/g)].map(([, state]) => state!);
  assert.deepEqual(
    deliveryStates.filter((state) => !drawn.includes(state)),
    [],
  );
  assert.deepEqual(
    laneStates.filter((state) => !new RegExp(`\\b${state}\\b`).test(part("Of a lane"))),
    [],
  );
});

test("docs/logs.md lists every name of a log line with its level and meaning, and no other", () => {
  const rows = readFileSync(join(root, "docs/logs.md"), "utf8").match(/^\| `.*$/gm);
  const wanted = Object.entries(logEvents).map(([name, [level, meaning]]) => `| \`${name}\` | ${level} | ${meaning} |`);
  assert.deepEqual(rows, wanted);
});

test("every name of a log line is written somewhere", () => {
  const source = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && file !== "log-events.ts")
    .map((file) => readFileSync(join(root, "src", file), "utf8"))
    .join("\n");
  const unused = Object.keys(logEvents).filter((name) => !source.includes(`"${name}"`));
  assert.deepEqual(unused, []);
});

test("docs/building-model.md tells of every field of every record, and of no other", () => {
  const page = readFileSync(join(root, "docs/building-model.md"), "utf8");
  const told = (heading: string): string[] => {
    const section = page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? "";
    const cells = [...section.matchAll(/^\| (`.*?`) \| (?:required|optional)/gm)];
    return cells.flatMap(([, names]) => [...names!.matchAll(/`(\w+)`/g)].map(([, name]) => name!)).toSorted();
  };
  const source = ["document.ts", "asset-document.ts"]
    .map((file) => readFileSync(join(root, "src/building", file), "utf8"))
    .join("\n");
  /** What the server writes itself; the section on changes by vendors' APIs tells of them. */
  const marks = ["origin", "set_by_api", "untagged_by_api"];
  const bodies = new Map(
    [...source.matchAll(/^(?:export )?interface (\w+)(?: extends (\w+))? \{\n(.*?)^\}/gms)].map(
      ([, name, parent, members]) => [name!, { parent, members: members! }],
    ),
  );
  const fieldsOf = (name: string): string[] => {
    const { parent, members } = bodies.get(name)!;
    const own = [...members.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, field]) => field!);
    return [...own, ...(parent === undefined ? [] : fieldsOf(parent))].filter((field) => !marks.includes(field));
  };
  const headings: Record<string, string> = {
    AccessPoint: "Access point",
    Credential: "Keychain and access tool",
    VirtualKey: "Virtual key",
  };
  const records = [...bodies.keys()].filter((name) => name.endsWith("Document") && name !== "TagDocument");
  assert.equal(records.length, 14);
  for (const record of records) {
    const name = record.replace(/Document$/, "");
    assert.deepEqual(told(headings[name] ?? name), fieldsOf(record).toSorted(), name);
  }
});

test("the example building has one of each kind and no fault", () => {
  const checked = checkModel(JSON.parse(readFileSync(join(root, "examples/building-model.json"), "utf8")));
  assert.ok("document" in checked, JSON.stringify(checked));
  const kinds = new Set([...recordsOf(checked.document)].map(({ kind }) => kind));
  assert.equal(kinds.size, 13);
});

test("docs/errors.md tells of every code that an item, a field or a GraphQL request is refused with", () => {
  const page = readFileSync(join(root, "docs/errors.md"), "utf8");
  const places = ["src/model", "src/ingest", "src/building", "src/dialects", "src/organizations", "src/http/operator"];
  const raising = [
    /(?:code: |code = |rejected\(|problem\(|worded\([a-z]+, |answerError\(|fault\((?:[a-z]+, |inside\([a-z]+\), )?)"([A-Z][A-Z_]+)"/g,
    /\bwrong\([^;]*?"([A-Z][A-Z_]+)",?\s*\);/g,
  ];
  const raised = places.flatMap((place) =>
    readdirSync(join(root, place), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .flatMap((file) => {
        const text = readFileSync(join(root, place, file), "utf8");
        return raising.flatMap((pattern) => [...text.matchAll(pattern)].map(([, code]) => code!));
      }),
  );
  const codes = [...new Set(raised)];
  for (const code of ["BAD_ID", "BAD_TIME", "UNKNOWN_KIND", "TOO_FAR_IN_FUTURE"]) assert.ok(codes.includes(code), code);
  assert.ok(codes.length > 40, codes.join(" "));
  assert.deepEqual(
    codes.filter((code) => !page.includes(`\`${code}\``)),
    [],
  );
});

const pages = [
  "README.md",
  "ARCHITECTURE.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "CHANGELOG.md",
  "receiver/README.md",
].concat(
  ["docs", "bench", "examples/opentelemetry", "test/simulation", "test/faults", "test/fixtures/schemas"].flatMap(
    (folder) =>
      readdirSync(join(root, folder))
        .filter((name) => name.endsWith(".md"))
        .map((name) => join(folder, name)),
  ),
);

/** The names by which links reach the headings of a page, as the usual viewers of Markdown make them. */
function anchorsOf(page: string): ReadonlySet<string> {
  const headings = [...readFileSync(join(root, page), "utf8").matchAll(/^#+ (.*)$/gm)];
  return new Set(
    headings.map(([, text]) =>
      text!
        .toLowerCase()
        .replace(/[^\w\- ]/g, "")
        .replaceAll(" ", "-"),
    ),
  );
}

test("every command of the pages for operators is one of the program's, with its options and arguments", () => {
  const program = createProgram({ terminal: createTestTerminal() });
  const linesOf = (page: string): string[] =>
    [...readFileSync(join(root, page), "utf8").matchAll(/(?:^ *|`)(belfry [a-z][^`\n#]*)/gm)].map(([, line]) =>
      line!.trim(),
    );
  const least = { "operate.md": 25, "deploy.md": 4, "migrate-store.md": 2, "backup.md": 4, "inbox.md": 1 };
  for (const [name, count] of Object.entries(least)) {
    const lines = linesOf(join("docs", name));
    assert.ok(lines.length >= count, `${name}: ${lines.join("\n")}`);
    assert.deepEqual(
      lines.flatMap((line) => objectionTo(program, line.split(/ +/).slice(1)) ?? []),
      [],
      name,
    );
  }
});

/** What is wrong with these words of a command line; undefined: nothing. */
function objectionTo(program: Command, words: readonly string[]): string | undefined {
  const [first, ...rest] = words;
  const inner = program.commands.find((each) => each.name() === first);
  if (inner !== undefined) return objectionTo(inner, rest);
  const said = `${program.name()} ${words.join(" ")}`;
  if (program.commands.length > 0) return said;
  const options = words.filter((word) => word.startsWith("--"));
  const taken = options.map((option) => program.options.find(({ long }) => long === option));
  if (taken.includes(undefined)) return `${said}: unknown option`;
  const values = taken.filter((option) => option?.required === true).length;
  const given = words.length - options.length - values;
  const { registeredArguments: taking } = program;
  const fits = given >= taking.filter(({ required }) => required).length && given <= taking.length;
  // Named without any it is only spoken of.
  return fits || words.length === 0 ? undefined : `${said}: ${given} arguments`;
}

test("every link of the pages leads to a file that exists, and to a heading in it", () => {
  const broken = pages.flatMap((page) =>
    [...readFileSync(join(root, page), "utf8").matchAll(/\]\((?!https?:)([^)\s#]*)(?:#([^)\s]*))?\)/g)].flatMap(
      ([link, file, anchor]) => {
        const target = file === "" ? page : join(dirname(page), file!);
        if (existsSync(join(root, target)) && (anchor === undefined || anchorsOf(target).has(anchor))) return [];
        return [`${page}: ${link.slice(1)}`];
      },
    ),
  );
  assert.deepEqual(broken, []);
});
