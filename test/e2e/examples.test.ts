// Every example of a command's help, pasted into a shell.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createProgram } from "../../src/cli/program.ts";
import { createTestTerminal } from "../cli/test-terminal.ts";
import { createShell } from "./shell.ts";

function exampleOf(...path: readonly string[]): string {
  const terminal = createTestTerminal();
  const program = createProgram({ terminal });
  const command = path.reduce((found, name) => found.commands.find((each) => each.name() === name)!, program);
  command.outputHelp();
  return /\nExample:\n {2}(.*)\n$/.exec(terminal.out())![1]!;
}

test("the example of every command works as it is, in one folder", async () => {
  const shell = createShell();
  const demo = createShell().run(exampleOf("demo"));
  const server = shell.run(exampleOf("serve"), { BELFRY_PORT: "0" });
  await server.prints('{"ready":true');
  const quick: [path: string[], printed: RegExp][] = [
    [["keys"], /^id +role/],
    [["keys", "create"], /^\{"client_id":/],
    [["keys", "list"], /ingest +acme/],
    [["keys", "revoke"], /^Revoked /],
    [["replay"], /^calit2: 1 accepted/m],
    [["occupancy"], /^space_calit2 +floor +Ground floor +unknown +- +0 of 0/m],
    [["explain"], /^Ground floor \(floor space_calit2\) at .*: unknown$/m],
    [["recompute"], /^60 minutes of floor space_calit2 will be computed again; 60 wait in all\.$/m],
    [["sensors"], /^sensor_calit2 +traffic +space_calit2 +- +online/m],
    [["subscriptions"], /^id +name +takes/],
    [["subscriptions", "list"], /^id +name +takes/],
    [["deliveries"], /^id +subscription +made +type/],
    [["deliveries", "list"], /^id +subscription +made +type/],
    [["backup"], /^Backed up \d+ MiB, as of /],
    [["restore"], /^Restored \.\/belfry-restored as of /],
    [["model"], /^Usage: .*belfry.* model import/],
    [["model", "import"], /"id": "room_plan"/],
    [["help"], /^Usage: .*belfry.* keys create/],
  ];
  for (const [path, printed] of quick) {
    const example = shell.run(exampleOf(...path));
    assert.equal(await example.ended, 0, `${path.join(" ")}: ${example.output()}`);
    assert.match(example.output(), printed);
  }
  const listener = shell.run(exampleOf("listen"));
  await listener.prints("Listening on");
  await listener.interrupt();
  await server.interrupt();
  assert.equal(await demo.ended, 0, demo.output());
});
