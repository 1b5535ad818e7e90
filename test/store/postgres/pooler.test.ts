// What docs/deploy.md tells whoever puts PgBouncer before the database, beside what a connection asks for when it opens.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { openDatabase } from "../../../src/store/postgres/database.ts";

/** PgBouncer keeps these for each client by itself. */
const tracked = ["user", "database", "application_name", "client_encoding", "DateStyle", "TimeZone"];

/** The parameters that a connection opens with. */
async function startupParameters(): Promise<ReadonlyMap<string, string>> {
  const packet = Promise.withResolvers<Buffer>();
  const server = createServer((socket) => socket.once("data", (data) => (packet.resolve(data), socket.destroy())));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const database = openDatabase({ url: `postgres://belfry@127.0.0.1:${port}/belfry`, connections: 1, name: "belfry" });
  await assert.rejects(database.session.row("select 1"));
  await database.close();
  server.close();
  // After its length and the version of the protocol: names and values by turns.
  const words = (await packet.promise).subarray(8).toString().split("\0");
  const names = words.filter((word, index) => index % 2 === 0 && word !== "");
  return new Map(names.map((name) => [name, words[words.indexOf(name) + 1]!]));
}

test("docs/deploy.md has PgBouncer let every parameter of a connection pass, and gives each to the role", async () => {
  const page = readFileSync(join(import.meta.dirname, "../../../docs/deploy.md"), "utf8");
  const parameters = await startupParameters();

  const ignored = /^ignore_startup_parameters = (.*)$/m.exec(page)![1]!.split(",");
  const passing = [...parameters.keys()].filter((name) => !tracked.includes(name));
  assert.deepEqual(ignored.toSorted(), passing.toSorted());

  const inOptions = [...parameters.get("options")!.matchAll(/-c (\w+)=(\S+)/g)].map(([, name, value]) => [name, value]);
  const others = passing.filter((name) => name !== "options").map((name) => [name, parameters.get(name)]);
  const ofRole = [...page.matchAll(/^alter role belfry set (\w+) = '?([\w.]+?)(s?)'?;/gm)].map(
    ([, name, value, seconds]) => [name, seconds === "s" ? `${value}000` : value],
  );
  assert.deepEqual(Object.fromEntries(ofRole), Object.fromEntries([...inOptions, ...others]));
});
