// The README taken at its word: "Run it for yourself", command by command, in three terminals.

import assert from "node:assert/strict";
import { test } from "node:test";
import { freePort } from "../fixtures/free-port.ts";
import { blocksOf, createShell } from "./shell.ts";

test("whoever follows the README sees a webhook arrive, and then one that is verified", async () => {
  const [serverPort, receiverPort] = [String(await freePort()), String(await freePort())];
  const blocks = blocksOf("README.md", "Run it for yourself").map((block) =>
    block.replaceAll("8080", serverPort).replaceAll("9443", receiverPort),
  );
  const [listen, serve, ...rest] = blocks as [string, string, ...string[]];
  const shell = createShell();

  const receiver = shell.run(listen);
  await receiver.prints("Listening on");
  const server = shell.run(serve, { BELFRY_PORT: serverPort });
  await server.prints(`{"ready":true,"url":"http://127.0.0.1:${serverPort}"}`);
  const third = shell.run([...rest, 'echo "KEY=$KEY"'].join("\n"));
  assert.equal(await third.ended, 0, third.output());
  assert.match(third.output(), /\{"accepted":1,"duplicates":0,"rejected":\[\]\}/);
  await receiver.prints("TRAFFIC  Ground floor  1 in  not verified");
  await receiver.interrupt();

  const [, webhook] = /"id":"(webhook_\w+)"/.exec(third.output())!;
  const [, KEY] = /KEY=(\S+)/.exec(third.output())!;
  const again = shell.run(`${listen.trim()} --subscription ${webhook}`);
  await again.prints("Verifying with 1 signing secret.");
  const more = shell.run(rest.at(-1)!.replace('"id": "1"', '"id": "2"'), { KEY: KEY! });
  assert.equal(await more.ended, 0, more.output());
  await again.prints("TRAFFIC  Ground floor  1 in  ok");
});
