// Every command, called wrongly: exit code 2 and a sentence on standard error. And every command's help, with its example.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Command } from "commander";
import { readConfig } from "../../src/config/config.ts";
import { withSettings } from "../../src/cli/settings-help.ts";
import { createProgram, runProgram } from "../../src/cli/program.ts";
import { createTestTerminal } from "./test-terminal.ts";

interface Call {
  readonly code: number;
  readonly out: string;
  readonly notes: string;
}

async function run(args: readonly string[], env: Record<string, string> = {}): Promise<Call> {
  const terminal = createTestTerminal({ env });
  const code = await runProgram(args, { terminal, startDemoServer: () => Promise.reject(new Error("not here")) });
  return { code, out: terminal.out(), notes: terminal.notes() };
}

const program = createProgram({ terminal: createTestTerminal() });

/** `belfry keys create` as ["keys", "create"], for every command. */
function commandsOf(command: Command, path: readonly string[] = []): (readonly string[])[] {
  return [path, ...command.commands.flatMap((each) => commandsOf(each, [...path, each.name()]))];
}

const commands = commandsOf(program);

const argumentsOf = (path: readonly string[]) =>
  path.reduce((command, name) => command.commands.find((each) => each.name() === name)!, program).registeredArguments;

/** What a command needs besides its arguments before anything else can be wrong with a call of it. */
const needed: Readonly<Record<string, readonly string[]>> = {
  replay: ["--format", "calit2"],
  "keys create": ["--role", "operator"],
  recompute: ["--from", "0", "--to", "60000"],
  "redeliver start": ["--from", "0", "--to", "60000"],
  backup: ["--to", "x"],
  restore: ["--from", "x", "--data", "y"],
  "migrate-store": ["--from", "x", "--to", "postgres://x"],
  "model import": ["--organization", "o", "--timezone", "UTC"],
};

const wrong: readonly (readonly [call: string, said: RegExp, env?: Record<string, string>])[] = [
  ["", /^Usage: belfry/],
  ["replya", /unknown command 'replya'\n.*Did you mean replay/],
  ["redeliver start webhook_1 --from 0", /--to <time>' not specified/],
  ["redeliver start webhook_1 --from 0 --to 1 --state lost", /The states are delivered, exhausted, /],
  ["redeliver start webhook_1 --from 0 --to 1 --per-second 0", /a whole number from 1/],
  ["help keys forge", /unknown command 'keys forge'/],
  ["serve --prot 1", /unknown option '--prot'\n.*Did you mean --port/],
  ["serve --port", /option '--port <number>' argument missing/],
  ["serve --port abc", /^--port must be a whole number from 0 to 65535, not "abc"/],
  ["serve --retention-events 7", /^--retention-events must be a time from 1h to 3650d .*, not "7"/],
  ["serve --master-key x", /unknown option '--master-key'/],
  ["serve", /^BELFRY_BODY_MAX must be a size .*, not "5MB"/, { BELFRY_BODY_MAX: "5MB" }],
  ["serve", /^BELFRY_PROT is not .*Did you mean BELFRY_PORT\?/, { BELFRY_PROT: "1" }],
  ["demo --seed x", /a whole number/],
  ["demo --port 99999", /from 0 to 65535/],
  ["demo --for soon", /a number above 0/],
  ["replay --format calit2", /missing required argument 'file'/],
  ["replay x", /--format <format>' not specified/],
  ["replay x --format csv", /Allowed choices are calit2/],
  ["replay x --format calit2 --speed 0", /a number above 0, or max/],
  ["replay x --format calit2 --batch 5000", /from 1 to 1000/],
  ["replay x --format calit2", /^BELFRY_URI is not .*Did you mean BELFRY_URL\?/, { BELFRY_URI: "u" }],
  ["listen --port 99999", /from 0 to 65535/],
  ["listen --secret hunter2", /whsec_ followed by base64/],
  ["keys", /^Usage: belfry keys/],
  ["keys forge", /unknown command 'forge'/],
  ["keys help forge", /Usage: belfry keys/],
  ["keys create", /--role <role>' not specified/],
  ["keys create --role emperor", /Allowed choices are operator/],
  ["keys create --role building", /needs --for ID/],
  ["keys create --role operator --for x", /takes no --for/],
  ["keys list --url ftp://example.com --key k", /not the URL of a server/],
  ["keys list", /not the URL of a server/, { BELFRY_URL: "here", BELFRY_KEY: "k" }],
  ["keys list --url http://127.0.0.1:1 --key k --data d", /^--url and --key say all, .* leave it out/],
  ["keys list", /^BELFRY_KEYS is not .*Did you mean BELFRY_KEY\?/, { BELFRY_KEYS: "k" }],
  ["keys revoke", /missing required argument 'id'/],
  ["explain", /missing required argument 'space'/],
  ["recompute room_1 --to 60000", /--from <time>' not specified/],
  ["recompute room_1 --from 0", /--to <time>' not specified/],
  ["backup", /--to <dir>' not specified/],
  ["restore --from x", /--data <dir>' not specified/],
  ["model", /^Usage: belfry model/],
  ["model draw", /unknown command 'draw'/],
  ["model import --organization o --timezone UTC", /missing required argument 'file'/],
  ["model import x --timezone UTC", /--organization <id>' not specified/],
  ["model import x --organization o", /--timezone <name>' not specified/],
  ["model import x --organization o --timezone Mars/Olympus", /an IANA time zone, such as Europe\/Berlin/],
  ["model import x --organization o --timezone UTC --format dwg", /Allowed choices are geojson, imdf/],
  ["model import x --organization o --timezone UTC --rotation east", /a number of degrees from -360 to 360/],
  ["model import x --organization o --timezone UTC --out m.json --put", /cannot be used with option/],
  ["model import x --organization o --timezone UTC --url http://127.0.0.1:1", /which only --put needs/],
  [
    "model import /dev/null --organization o --timezone UTC --fixtures desk",
    /--fixtures has no use with --format geojson/,
  ],
  [
    "model import /dev/null --organization o --timezone UTC --format imdf --floor f",
    /--floor has no use with --format imdf/,
  ],
  ["model import /dev/null /dev/null --organization o --timezone UTC --floor f", /--floor is for a single file/],
];

test("a command called wrongly ends with 2 and says what is wrong on standard error only", async () => {
  for (const [call, said, env] of wrong) {
    const { code, out, notes } = await run(call === "" ? [] : call.split(" "), env);
    assert.equal(code, 2, `belfry ${call}: ${notes}`);
    assert.match(notes, said);
    assert.doesNotMatch(notes, /\n\s+at /, "no stack");
    assert.equal(out, "");
  }
});

test("every command refuses a flag and an argument that it does not know", async () => {
  for (const path of commands) {
    const taken = argumentsOf(path);
    const options = needed[path.join(" ")] ?? [];
    const call = (words: number, ...more: string[]) => [
      ...path,
      ...Array<string>(words).fill("x"),
      ...more,
      ...options,
    ];
    const least = taken.filter(({ required }) => required).length;
    const flag = await run(call(least, "--nonsense"));
    assert.deepEqual([flag.code, flag.out], [2, ""], path.join(" "));
    assert.match(flag.notes, /unknown option '--nonsense'/);
    if (taken.some(({ variadic }) => variadic)) continue;
    const argument = await run(call(taken.length, "nonsense"));
    assert.deepEqual([argument.code, argument.out], [2, ""], path.join(" "));
    assert.match(argument.notes, /too many arguments|unknown command/);
  }
});

test("every command has help with an example, on standard output, asked for in either way", async () => {
  for (const path of commands) {
    const { code, out, notes } = await run([...path, "--help"]);
    assert.deepEqual([code, notes], [0, ""]);
    assert.match(out, new RegExp(`^Usage: belfry ${path.join(" ")}`));
    assert.match(out, new RegExp(`\nExample:\n  .*\\bbelfry ${path.join(" ")}.*\n$`));
    if (path[0] !== "help") assert.equal((await run(["help", ...path])).out, out);
  }
});

test("a switch alone means true, and false on the command line wins over true in the environment", () => {
  const allowHttp = (...args: string[]): boolean => {
    const command = withSettings(new Command()).parse(args, { from: "user" });
    return readConfig({ BELFRY_ALLOW_HTTP: "true", BELFRY_ALLOW_LOOPBACK: "false" }, command.opts()).allowHttp;
  };
  assert.deepEqual(
    [allowHttp(), allowHttp("--allow-http", "false"), allowHttp("--allow-http", "0")],
    [true, false, false],
  );
  const loopback = withSettings(new Command()).parse(["--allow-loopback", "--port", "0"], { from: "user" });
  assert.equal(readConfig({ BELFRY_ALLOW_LOOPBACK: "false" }, loopback.opts()).allowLoopback, true);
});

test("commands beside a server do not look at its settings", async () => {
  const server = { BELFRY_CAP_ALL: "many", BELFRY_RETENTION_EVENTS: "for ever", BELFRY_PORT: "http" };
  const { code, notes } = await run(["keys", "list", "--data", "/nowhere"], server);
  assert.equal(code, 1);
  assert.match(notes, /^There is no \/nowhere\/server\.json/);
});

test("help of serve lists every topic, each setting with its flag, variable, default and meaning", async () => {
  const { out } = await run(["serve", "--help"]);
  for (const topic of ["Network", "Data", "Delivery", "Retention", "Limits", "Where webhooks may go", "Log"])
    assert.match(out, new RegExp(`^${topic}:$`, "m"));
  assert.match(
    out,
    /^ {2}--retention-events <time> +BELFRY_RETENTION_EVENTS, default 7d\n {6}How long events are kept,/m,
  );
  assert.match(out, /^ {2}--allow-http \[true\|false\] +BELFRY_ALLOW_HTTP, default false\n {6}Allows webhooks/m);
  assert.match(out, /^ {2}\(no flag\) +BELFRY_MASTER_KEY\n {6}Key that seals all secrets/m);
  assert.equal(out.match(/BELFRY_PORT\b/g)?.length, 1, "once");
});
