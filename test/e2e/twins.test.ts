// Two organizations with the same building: every id, number and MAC address of one is also the other's. By no way in and by no
// read does one of them see, change or count anything of the other; an operator says which one is meant.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import { call, makePlace, type Server, serve } from "./harness.ts";

const names = ["north", "south"] as const;
type Name = (typeof names)[number];
const otherOf = (name: Name): Name => (name === "north" ? "south" : "north");
const organizationOf = (name: Name): string => `org_${name}`;
const mark = (name: Name): string => `mark_of_${name}`;

/** Alike but for the names that people read. */
const modelOf = (name: Name) => ({
  organization: { id: organizationOf(name), name: mark(name) },
  sites: [
    {
      id: "campus",
      name: mark(name),
      timezone: "UTC",
      buildings: [
        {
          id: "tower",
          name: mark(name),
          butterflymx_id: 17,
          floors: [
            {
              id: "ground",
              name: mark(name),
              rooms: [{ id: "lobby", name: mark(name) }],
              hives: [{ id: "hive_1", serialNumber: mark(name) }],
              sensors: [
                {
                  id: "sensor_1",
                  mac_address: "00-17-0d-00-00-6a-3f-9e",
                  mode: "traffic",
                  room_id: "lobby",
                  hive_id: "hive_1",
                },
              ],
            },
          ],
          devices: [{ id: "panel", name: mark(name), butterflymx_id: 21 }],
          access_points: [{ id: "door", name: mark(name), butterflymx_id: 18, device_ids: ["panel"] }],
          units: [{ id: "unit", label: mark(name), butterflymx_id: 19 }],
          tenants: [{ id: "tenant", unit_id: "unit", full_name: mark(name), butterflymx_id: 20 }],
        },
      ],
    },
  ],
});

let server: Server;
/** By organization and role. */
const keys: Record<string, string> = {};
const keyOf = (name: Name, role = "organization"): string => keys[`${name} ${role}`]!;
const at = Date.now() - 60_000;

before(async () => {
  server = await serve(makePlace());
  for (const name of names) {
    const put = await call(`${server.url}/v1/building-model`, { method: "PUT", key: server.key, body: modelOf(name) });
    assert.equal(put.status, 200, JSON.stringify(put.body));
    const headers = { "belfry-organization": organizationOf(name) };
    for (const [role, id] of [
      ["organization", organizationOf(name)],
      ["viewer", organizationOf(name)],
      ["building", "tower"],
      ["tenant", "20"],
    ] as const) {
      const made = await call(`${server.url}/v1/keys`, { key: server.key, headers, body: { role, for: id } });
      assert.equal(made.status, 201, JSON.stringify(made.body));
      keys[`${name} ${role}`] = made.body.key as string;
    }
  }
});

/** Ways in, each with what it adds to which list of its organization. Ids of senders are the same in both. */
const ways = {
  sensor: (name: Name, n: number, who = keyOf(name)) =>
    observe(who, {
      kind: "traffic",
      sensor: ["sensor_1", "1", "00:17:0D:00:00:6A:3F:9E"][n % 3],
      at: at + n,
      in: 1,
      out: 0,
      id: `t${n}`,
    }),
  hive: (name: Name, n: number, who = keyOf(name)) => observe(who, { kind: "heartbeat", hive: "hive_1", at: at + n }),
  door: (name: Name, n: number, who = keyOf(name)) =>
    observe(who, { kind: "access", access_point: n % 2 === 0 ? "door" : 18, at: at + n, name: mark(name), id: n }),
  call: (name: Name, n: number, who = keyOf(name)) =>
    observe(who, {
      kind: "call",
      device: n % 2 === 0 ? "panel" : 21,
      at: at + n,
      guid: `g${n}`,
      image_url: mark(name),
      id: n,
    }),
  status: (name: Name, n: number, who = keyOf(name)) =>
    observe(who, { kind: "call_status", at: at + n, guid: `g${n}`, status: "opened_door" }),
  readyMade: (name: Name, n: number, who = keyOf(name)) =>
    call(`${server.url}/v1/events?dialect=butterflymx${["&building=tower", "&building=17", ""][n % 3]}`, {
      key: who,
      body: {
        event: {
          resource_type: "access_log",
          action: "create",
          data: { id: `r${n}`, access_point: 18, name: mark(name) },
        },
      },
    }),
};
type Way = keyof typeof ways;

const observe = (key: string, body: object) => call(`${server.url}/v1/observations`, { key, body });

const integrate = (parent: string, key: string, name: Name, headers = {}) =>
  call(`${server.url}/v4/${parent}/integrations`, {
    key,
    headers,
    body: {
      data: {
        type: "integrations",
        attributes: {
          integrator: "webhook",
          configuration: { url: `https://${name}.example/${mark(name)}`, method: "post" },
          bindings: [{ resource_type: "access_log", actions: ["create"] }],
        },
      },
    },
  });

/** Everything that a key of the organization reads by ids that both have, or without naming anything. */
const reads = [
  "GET /v1/building-model",
  "GET /v1/events",
  "GET /v1/deliveries",
  "GET /v1/entries",
  "GET /v1/entries?building=tower",
  "GET /v1/subscriptions",
  "GET /v1/sensors",
  "GET /v1/occupancy",
  "GET /v1/occupancy?space=lobby",
  "GET /v1/occupancy?space=room:lobby",
  "GET /v1/explain?space=ground",
  "GET /v1/keys",
  "GET /v4/buildings/17/integrations",
  "GET /v4/buildings/tower/integrations",
  "GET /v4/tenants/20/integrations",
  "GET /v4/tenants",
  "GET /v4/tenants/20",
  "GET /v4/units/19",
  "GET /v4/access_points",
  "GET /v4/buildings/17/access_logs",
  "GET /v3/me",
  "POST /api/v3/graphql",
] as const;

const query =
  "{ sites { data { id name buildings { id name floors { id name rooms { id name } sensors { id } hives { id serialNumber } } } } } }";

async function readAll(name: Name, role: string): Promise<string> {
  const texts: string[] = [];
  for (const read of reads) {
    const [method, path] = read.split(" ") as [string, string];
    const body = method === "POST" ? { body: { query } } : {};
    const { body: answer } = await call(`${server.url}${path}`, { method, key: keyOf(name, role), ...body });
    texts.push(`${read} ${JSON.stringify(answer)}`);
  }
  return texts.join("\n");
}

const listed = async (name: Name, path: string): Promise<number> =>
  (await call(`${server.url}${path}`, { key: keyOf(name) })).body.data.length as number;

describe("two organizations with the same building", () => {
  const taken: Record<Name, Map<Way, Set<number>>> = { north: new Map(), south: new Map() };
  const has = (name: Name, way: Way, n: number) => taken[name].get(way)?.has(n) === true;

  test("each takes what is sent with its key, and knows nothing of what the other was sent", async () => {
    const step = fc.record({
      name: fc.constantFrom(...names),
      way: fc.constantFrom<Way>("sensor", "hive", "door", "call", "status", "readyMade"),
      n: fc.integer({ min: 0, max: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        for (const { name, way, n } of steps) {
          const { status, body } = await ways[way](name, n);
          // A status is taken where the same organization has the call, whatever the other has.
          const fits = way !== "status" || has(name, "call", n);
          const isAgain = way !== "hive" && way !== "status" && has(name, way, n);
          const counts = [body.accepted, body.duplicates, body.rejected.length];
          assert.deepEqual(counts, !fits ? [0, 0, 1] : isAgain ? [0, 1, 0] : [1, 0, 0], JSON.stringify(body));
          assert.equal(status, fits ? 202 : 422);
          if (fits) taken[name].set(way, (taken[name].get(way) ?? new Set()).add(n));
        }
      }),
      { numRuns: 20, seed: 4, endOnFailure: true },
    );
  });

  test("each manages integrations under the ids that both have, and sees its own only", async () => {
    for (const name of names) {
      for (const [parent, role] of [
        ["buildings/tower", "organization"],
        ["buildings/17", "building"],
        ["tenants/20", "tenant"],
      ] as const) {
        const made = await integrate(parent, keyOf(name, role), name);
        assert.equal(made.status, 200, JSON.stringify(made.body));
        const id = made.body.data.id as string;
        for (const method of ["GET", "DELETE"]) {
          const path = `${server.url}/v4/${parent}/integrations/${id}`;
          assert.equal((await call(path, { method, key: keyOf(otherOf(name), role) })).status, 404);
        }
        for (const path of [`/v1/subscriptions/${id}`, `/v1/deliveries?subscription=${id}`]) {
          const { status, body } = await call(`${server.url}${path}`, { key: keyOf(otherOf(name), "viewer") });
          assert.deepEqual([status, body.data ?? []], path.includes("?") ? [200, []] : [404, []], path);
        }
      }
      assert.equal(await listed(name, "/v4/buildings/17/integrations"), 2);
      assert.equal(await listed(name, "/v4/tenants/tenant/integrations"), 1);
    }
  });

  test("no read of any key of one says anything of the other", async () => {
    for (const name of names) {
      const owed = ["door", "call", "readyMade"].reduce(
        (sum, way) => sum + (taken[name].get(way as Way)?.size ?? 0),
        0,
      );
      while ((await listed(name, "/v1/entries?limit=100")) < owed) await new Promise((done) => setTimeout(done, 20));
      assert.equal(await listed(name, "/v1/entries?limit=100"), owed, "and not more");
      for (const role of ["organization", "viewer", "building", "tenant"]) {
        const text = await readAll(name, role);
        assert.ok(text.includes(mark(name)), `${role} of ${name} reads its own`);
        assert.doesNotMatch(text, new RegExp(`${mark(otherOf(name))}|${organizationOf(otherOf(name))}`));
      }
    }
  });

  test("an operator is told to name the organization, and then reaches that one", async () => {
    const said: [string, string][] = [];
    for (const way of ["sensor", "hive", "door", "readyMade"] as const) {
      const { body } = await ways[way]("north", 90, server.key);
      said.push([way, body.rejected[0].code]);
      assert.match(body.rejected[0].message, /belfry-organization/);
    }
    for (const parent of ["buildings/17", "tenants/tenant"]) {
      const { status, body } = await call(`${server.url}/v4/${parent}/integrations`, { key: server.key });
      said.push([parent, body.errors[0].code.toUpperCase()]);
      assert.deepEqual([status, /belfry-organization/.test(body.errors[0].message)], [400, true]);
    }
    for (const [method, path, body] of [
      ["POST", "/v1/keys", { role: "building", for: "tower" }],
      ["DELETE", "/v1/entries?tenant=tenant"],
    ] as const) {
      const answer = await call(`${server.url}${path}`, { method, key: server.key, body });
      said.push([path, answer.body.code]);
    }
    assert.deepEqual(
      said.filter(([, code]) => code !== "ORGANIZATION_REQUIRED"),
      [],
    );
    const headers = { "belfry-organization": "org_south" };
    const named = await call(`${server.url}/v4/buildings/17/integrations`, { key: server.key, headers });
    assert.deepEqual([named.body.data.length, JSON.stringify(named.body).includes(mark("north"))], [2, false]);
    const body = { kind: "access", access_point: "door", at: at + 99, name: mark("south"), id: 99 };
    const sent = await call(`${server.url}/v1/observations`, { key: server.key, headers, body });
    assert.equal(sent.body.accepted, 1, JSON.stringify(sent.body));
    const space = await call(`${server.url}/v1/occupancy?space=lobby`, { key: server.key });
    assert.equal(space.status, 400);
    const spaceNamed = await call(`${server.url}/v1/occupancy?space=lobby`, { key: server.key, headers });
    assert.equal(spaceNamed.status, 200, JSON.stringify(spaceNamed.body));
  });

  test("a key that names another organization in the header reaches nothing", async () => {
    const headers = { "belfry-organization": "org_north" };
    for (const path of ["/v1/events", "/v4/buildings/17/integrations"]) {
      assert.equal((await call(`${server.url}${path}`, { key: keyOf("south"), headers })).status, 404, path);
    }
    const body = { kind: "access", access_point: "door", at: at + 98, id: 98 };
    assert.equal((await call(`${server.url}/v1/observations`, { key: keyOf("south"), headers, body })).status, 404);
  });

  test("erasing the tenant of one leaves the other's", async () => {
    const erased = await call(`${server.url}/v1/entries?tenant=tenant`, { method: "DELETE", key: keyOf("north") });
    assert.equal(erased.status, 204, JSON.stringify(erased.body));
    assert.equal((await call(`${server.url}/v4/tenants/20`, { key: keyOf("north") })).status, 404);
    assert.equal((await call(`${server.url}/v4/tenants/20`, { key: keyOf("south") })).status, 200);
    assert.equal(await listed("south", "/v4/tenants/20/integrations"), 1);
  });
});
