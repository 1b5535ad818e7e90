import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import { fc } from "../../fixtures/properties.ts";
import { systemClock } from "../../../src/clock.ts";
import { type Lookup, machineAtOnce } from "../../../src/delivery/guard/lookup.ts";
import { createResolver } from "../../../src/delivery/guard/resolver.ts";
import { StartError } from "../../../src/errors.ts";
import { createSteeredClock } from "../../fixtures/steered-clock.ts";

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A network whose answers the test gives out by hand. */
function manual() {
  const open = new Map<string, (addresses: readonly string[] | Error, keepMs?: number) => void>();
  const asked: string[] = [];
  const look: Lookup = (name) => {
    asked.push(name);
    return new Promise((resolve, reject) => {
      open.set(name, (answer, keepMs = 60_000) => {
        if (answer instanceof Error) reject(answer);
        else resolve({ addresses: answer, keepMs });
      });
    });
  };
  return {
    look,
    asked,
    answer: (name: string, ...given: [readonly string[] | Error, number?]) => open.get(name)!(...given),
  };
}

/** The same order for the same seed. */
function shuffle(items: unknown[], seed: number): void {
  let state = seed >>> 0;
  for (let last = items.length - 1; last > 0; last--) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const other = state % (last + 1);
    [items[last], items[other]] = [items[other], items[last]];
  }
}

const dnsError = (code: string) => Object.assign(new Error(code), { code });

test("the machine's own way knows the hosts file, and a name that does not exist", async () => {
  const resolver = createResolver({ clock: systemClock });
  const found = await resolver.resolve("localhost", "org_a");
  assert.ok(found.found && found.addresses.includes("127.0.0.1"));
  assert.deepEqual(
    await createResolver({ clock: systemClock, look: () => Promise.reject(dnsError("ENOTFOUND")) }).resolve(
      "x.invalid",
      "org_a",
    ),
    {
      found: false,
      code: "dns_not_found",
    },
  );
});

test("an answer is shared while it is looked up, and kept for at most 30 s", async () => {
  const clock = createSteeredClock();
  const { look, asked, answer } = manual();
  const resolver = createResolver({ clock, look });
  const both = [resolver.resolve("a.example", "org_a"), resolver.resolve("a.example", "org_a")];
  await settled();
  answer("a.example", ["1.1.1.1"]);
  assert.deepEqual(await Promise.all(both), [
    { found: true, addresses: ["1.1.1.1"] },
    { found: true, addresses: ["1.1.1.1"] },
  ]);
  clock.advance(29_999);
  await resolver.resolve("a.example", "org_a");
  assert.deepEqual(asked, ["a.example"]);
  clock.advance(1);
  const again = resolver.resolve("a.example", "org_a");
  await settled();
  answer("a.example", ["2.2.2.2"], 0);
  assert.deepEqual(await again, { found: true, addresses: ["2.2.2.2"] });
  void resolver.resolve("a.example", "org_a");
  await settled();
  assert.equal(asked.length, 3);
});

test("failures are told apart and kept for a moment only", async () => {
  const clock = createSteeredClock();
  let error: Error | null = null;
  const look: Lookup = () =>
    error === null ? Promise.resolve({ addresses: [], keepMs: 9_000 }) : Promise.reject(error);
  const resolver = createResolver({ clock, look });
  for (const [code, expected] of [
    ["ENOTFOUND", "dns_not_found"],
    ["ENODATA", "dns_not_found"],
    ["ESERVFAIL", "dns_failed"],
    ["EAI_AGAIN", "dns_failed"],
    ["ETIMEOUT", "dns_timeout"],
  ] as const) {
    error = dnsError(code);
    assert.deepEqual(await resolver.resolve("a.example", "org_a"), { found: false, code: expected });
    clock.advance(2_000);
  }
  error = null;
  assert.deepEqual(await resolver.resolve("a.example", "org_a"), { found: false, code: "dns_not_found" });
});

test("a name that hangs ends after 5 s and is not asked a second time meanwhile", async () => {
  const clock = createSteeredClock();
  const { look, asked, answer } = manual();
  const resolver = createResolver({ clock, look });
  const first = resolver.resolve("slow.example", "org_a");
  await settled();
  clock.advance(5_000);
  const late = { found: false, code: "dns_timeout" };
  assert.deepEqual([await first, await resolver.resolve("slow.example", "org_a")], [late, late]);
  assert.deepEqual(asked, ["slow.example"]);
  answer("slow.example", ["1.1.1.1"]);
  await settled();
  assert.equal((await resolver.resolve("slow.example", "org_a")).found, true);
});

test("however many names of three organizations hang, those of another wait for each other only", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        atOnce: fc.integer({ min: 4, max: 64 }),
        hanging: fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 3 }),
        good: fc.integer({ min: 1, max: 20 }),
        rounds: fc.integer({ min: 1, max: 4 }),
        seed: fc.integer(),
      }),
      async ({ atOnce, hanging, good, rounds, seed }) => {
        const clock = createSteeredClock();
        const look: Lookup = (name) =>
          new Promise((resolve, reject) => {
            if (name.startsWith("good-")) clock.after(50, () => resolve({ addresses: ["1.1.1.1"], keepMs: 0 }));
            else clock.after(20_000, () => reject(dnsError("ETIMEOUT")));
          });
        const resolver = createResolver({ clock, look, atOnce });
        for (let round = 0; round < rounds; round++) {
          const asks = [
            ...hanging.flatMap((count, org) =>
              Array.from({ length: count }, (_, name) => [`hang-${org}-${name}.example`, `org_${org}`] as const),
            ),
            ...Array.from({ length: good }, (_, name) => [`good-${name}.example`, "org_good"] as const),
          ];
          shuffle(asks, seed + round);
          const since = clock.monotonic();
          const late: number[] = [];
          for (const [name, organization] of asks) {
            void resolver.resolve(name, organization).then(({ found }) => {
              if (found) late.push(clock.monotonic() - since);
            });
          }
          await clock.pass(50 * good);
          assert.equal(late.length, good, "each has its answer after its own, one after the other, at the latest");
          // Some of what hangs is given up meanwhile, some is asked for again.
          await clock.pass(7_000);
        }
      },
    ),
    { numRuns: 60 },
  );
});

test("while names of thirty organizations hang, a name of another one is asked when those that waited before it have one each", async () => {
  const clock = createSteeredClock();
  const { look, asked, answer } = manual();
  const resolver = createResolver({ clock, look, atOnce: 16 });
  for (let n = 0; n < 30; n++) for (const name of ["a", "b"]) void resolver.resolve(`${name}-${n}.example`, `org_${n}`);
  assert.equal(asked.length, 16);
  // Twenty-two organizations have waited longer and have nothing either: their turn comes first.
  void resolver.resolve("good.example", "org_good");
  for (let n = 0; n < 23; n++) {
    answer(asked[n]!, dnsError("ETIMEOUT"));
    await settled();
  }
  assert.equal(asked.at(-1), "good.example");
});

test("a name that several organizations share begins at the turn of whoever comes first, for all of them", async () => {
  const clock = createSteeredClock();
  const { look, asked, answer } = manual();
  const resolver = createResolver({ clock, look, atOnce: 8 });
  for (const name of ["h1.example", "h2.example", "h3.example"]) void resolver.resolve(name, "org_hangs");
  const theirs = resolver.resolve("shared.example", "org_hangs");
  assert.deepEqual(asked, ["h1.example", "h2.example"]);
  const ours = resolver.resolve("shared.example", "org_b");
  assert.deepEqual(asked, ["h1.example", "h2.example", "shared.example"]);
  answer("shared.example", ["1.1.1.1"]);
  assert.deepEqual([(await theirs).found, (await ours).found], [true, true]);
  for (const name of ["h1.example", "h2.example", "h3.example"]) {
    answer(name, ["1.1.1.1"]);
    await settled();
  }
  assert.deepEqual(asked.slice(3), ["h3.example"], "it is asked once");
});

test("whoever asks has 5 s, however long others have waited in line for the name", async () => {
  const clock = createSteeredClock();
  const { look, asked, answer } = manual();
  const resolver = createResolver({ clock, look, atOnce: 1 });
  void resolver.resolve("hangs.example", "org_a");
  const first = resolver.resolve("b.example", "org_b");
  await clock.pass(3_000);
  const second = resolver.resolve("b.example", "org_c");
  await clock.pass(2_000);
  assert.deepEqual(await first, { found: false, code: "dns_timeout" });
  const third = resolver.resolve("b.example", "org_b");
  assert.deepEqual(asked, ["hangs.example"]);
  answer("hangs.example", dnsError("ETIMEOUT"));
  await settled();
  answer("b.example", ["1.1.1.1"]);
  assert.deepEqual([(await second).found, (await third).found], [true, true]);
  await settled();
  assert.deepEqual(asked, ["hangs.example", "b.example"]);
});

test("a look-up that nobody waits for any more is not begun", async () => {
  const clock = createSteeredClock();
  const { look, asked, answer } = manual();
  const resolver = createResolver({ clock, look, atOnce: 1 });
  void resolver.resolve("hangs.example", "org_a");
  for (let n = 0; n < 100; n++) void resolver.resolve(`old-${n}.example`, "org_a");
  await clock.pass(5_000);
  void resolver.resolve("new.example", "org_a");
  answer("hangs.example", dnsError("ETIMEOUT"));
  await settled();
  assert.deepEqual(asked, ["hangs.example", "new.example"]);
  assert.equal(clock.timers(), 1, "nothing is left of those who gave up");
});

test("half of the threads of Node's pool look names up, as libuv counts them", () => {
  const sizes = [undefined, "1", "4", "5", "64", "2000", "many", ""];
  assert.deepEqual(
    sizes.map((size) => machineAtOnce(size)),
    [2, 1, 2, 3, 32, 512, 1, 1],
  );
});

test("name servers of the operator's choice are asked, for both families", async (t) => {
  const server = createSocket("udp4");
  const questions: number[] = [];
  server.on("message", (query, from) => {
    // Header and question come back; one answer behind them, which points at the question's name.
    const end = query.indexOf(0, 12) + 5;
    const type = query.readUInt16BE(end - 4);
    questions.push(type);
    const header = Buffer.from([query[0]!, query[1]!, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
    const data = type === 1 ? [127, 10, 0, 1] : [0xfd, 0, ...Array.from({ length: 13 }, () => 0), 7];
    const answer = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 9, 0, data.length, ...data]);
    server.send(Buffer.concat([header, query.subarray(12, end), answer]), from.port, from.address);
  });
  server.bind(0, "127.10.0.3");
  await once(server, "listening");
  t.after(() => server.close());
  const resolver = createResolver({ clock: systemClock, servers: [`127.10.0.3:${server.address().port}`] });
  assert.deepEqual(await resolver.resolve("hook.example", "org_a"), {
    found: true,
    addresses: ["127.10.0.1", "fd00::7"],
  });
  assert.deepEqual(
    questions.toSorted((a, b) => a - b),
    [1, 28],
  );
});

test("a list of name servers that cannot be read stops the start", () => {
  assert.throws(() => createResolver({ clock: systemClock, servers: ["dns.example"] }), StartError);
});

test("names with thousands of addresses are forgotten sooner, so that they do not fill the memory", async () => {
  const addresses = Array.from({ length: 4_000 }, (_, index) => `192.0.${index >> 8}.${index & 255}`);
  const asked: string[] = [];
  const look: Lookup = async (name) => {
    asked.push(name);
    return { addresses, keepMs: 60_000 };
  };
  const resolver = createResolver({ clock: createSteeredClock(), look });
  const names = Array.from({ length: 40 }, (_, index) => `many-${index}.example`);
  for (const name of names) assert.deepEqual(await resolver.resolve(name, "org_a"), { found: true, addresses });
  await resolver.resolve(names[39]!, "org_a");
  assert.equal(asked.length, 40);
  await resolver.resolve(names[0]!, "org_a");
  assert.equal(asked.length, 41);
});
