// How many connections there may be at all, those among them that are closing. Caps on real ones: ../server.test.ts.

import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { Server } from "node:http";
import { Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { test } from "node:test";
import { defaultConnectionLimits, limitConnections } from "../../../src/http/limits/connections.ts";

const connections = 4;
/** As many may be closing beside them. */
const spare = 256;

test("of whatever socket they come, connections beyond the cap and those that are closing are dropped until some are closed", async () => {
  const server = new EventEmitter() as Server;
  limitConnections(server, { ...defaultConnectionLimits, connections });
  const come = (): Socket => {
    const socket = new Socket();
    server.emit("connection", socket);
    return socket;
  };
  // None of them is closed before the turn ends.
  const all = Array.from({ length: connections + spare }, come);
  assert.equal(all.filter(({ destroyed }) => !destroyed).length, connections);
  assert.equal(all.at(-1)!.destroyed, false, "older ones give way to it");
  const beyond = come();
  assert.equal(beyond.destroyed, true);
  assert.equal(all.at(-1)!.destroyed, false, "nobody gives way to one beyond");
  await turn();
  assert.equal(come().destroyed, false);
});
