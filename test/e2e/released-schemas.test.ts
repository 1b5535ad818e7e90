// A server that is started on the database of an earlier release: the keys that were given out then still open what they
// opened, and nothing else.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { keptMasterKey, keptSchemas, layDatabase, readKept } from "../fixtures/schemas/kept.ts";
import { call, makePlace, serve, stop } from "./harness.ts";

for (const schema of keptSchemas) {
  test(`the keys and secrets of a database of schema ${schema} work after the upgrade`, async () => {
    const kept = readKept(schema);
    const data = makePlace();
    layDatabase(schema, data);
    const key = (role: string) => kept.keys[role] ?? assert.fail(role);
    writeFileSync(join(data, "operator.key"), `${key("operator")}\n`, { mode: 0o600 });
    const server = await serve(data, {
      BELFRY_MASTER_KEY: Buffer.from(keptMasterKey).toString("base64"),
      BELFRY_LOG_LEVEL: "error",
    });
    const ask = (path: string, role: string, method = "GET") =>
      call(`${server.url}${path}`, { method, key: key(role) });
    const idsFor = async (role: string) => {
      const { status, body } = await ask("/v1/subscriptions", role);
      return status === 200 ? body.data.map(({ id }: { id: string }) => id).toSorted() : status;
    };
    const idsOf = (...organizations: string[]) =>
      kept.snapshots
        .filter(({ organization }) => organizations.includes(organization.id))
        .flatMap(({ subscriptions }) => subscriptions.map(({ id }) => id))
        .toSorted();
    assert.deepEqual(await idsFor("operator"), idsOf("org_desks", "org_doors"));
    assert.deepEqual(await idsFor("organization"), idsOf("org_desks"));
    assert.deepEqual(await idsFor("viewer"), idsOf("org_desks"));
    assert.equal(await idsFor("revoked"), 401);

    const [integration] = kept.snapshots.find(({ organization }) => organization.id === "org_doors")!.subscriptions;
    assert.deepEqual(await idsFor("tenant"), [integration!.id]);
    const reveal = `/v1/subscriptions/${integration!.id}/signing-secret/reveal`;
    for (const role of ["tenant", "building"]) {
      const { body } = await ask(reveal, role, "POST");
      assert.equal(body.signing_secret, integration!.signingSecrets[0]!.secret, role);
    }
    for (const role of ["organization", "viewer", "ingest"]) {
      assert.notEqual((await ask(reveal, role, "POST")).status, 200, role);
    }
    await stop(server);
  });
}
