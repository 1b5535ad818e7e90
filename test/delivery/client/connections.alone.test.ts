// How connections are made, kept and given up [reliability: connecting].

import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { test, type TestContext } from "node:test";
import { type Clock, systemClock } from "../../../src/clock.ts";
import { createPolicy } from "../../../src/delivery/guard/policy.ts";
import type { Resolution, Resolver } from "../../../src/delivery/guard/resolver.ts";
import { createClient } from "../../../src/delivery/client/client.ts";
import { connectFailure } from "../../../src/delivery/client/failure.ts";
import { startDeafReceiver } from "../../fixtures/deaf-receiver.ts";
import { createSteeredClock, type SteeredClock } from "../../fixtures/steered-clock.ts";
import { fixedResolver, startRawReceiver, startSender } from "./test-client.ts";
import { until } from "../../fixtures/until.ts";

const empty = "content-length: 0\r\n\r\n";
const fine = `HTTP/1.1 200 OK\r\n${empty}`;
const ok = (socket: Socket) => void socket.write(fine);

/** A port of this address on which nobody listens. */
async function deadPort(address: string): Promise<number> {
  const server = createServer().listen(0, address);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** A steered clock, and the next turn of the event loop, which takes no time on it and comes when the test says so. */
function clockOfTurns(): { readonly clock: SteeredClock; nextTurn(): void } {
  const steered = createSteeredClock();
  let turns: (() => void)[] = [];
  const after: Clock["after"] = (ms, then) => {
    if (ms !== 1) return steered.after(ms, then);
    turns.push(then);
    return () => {};
  };
  return {
    clock: { ...steered, after },
    nextTurn() {
      const now = turns;
      turns = [];
      for (const turn of now) turn();
    },
  };
}

test("one connection carries many requests, one after the other", async (t) => {
  const receiver = await startRawReceiver(t, ok);
  const sender = await startSender(t);
  for (let i = 0; i < 20; i++) assert.equal((await sender.post(receiver.url)).code, "delivered");
  assert.deepEqual([receiver.connections(), receiver.requests.length], [1, 20]);
});

test("requests under way at once have a connection each, and those are kept", async (t) => {
  const receiver = await startRawReceiver(t, ok);
  const sender = await startSender(t);
  for (let round = 0; round < 3; round++) {
    await Promise.all(Array.from({ length: 8 }, () => sender.post(receiver.url)));
  }
  assert.equal(receiver.connections(), 8);
});

test("a connection is not used again after a failure of form, extra bytes or a wish to close", async (t) => {
  for (const answer of [
    `${fine}extra`,
    "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nkeep-alive: timeout=1\r\ncontent-length: 0\r\n\r\n",
    "HTTP/1.1 204 No Content\r\n\r\nbody",
    "HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n",
    "nonsense\r\n",
  ]) {
    const receiver = await startRawReceiver(t, (socket) => socket.write(answer));
    const sender = await startSender(t);
    for (let i = 0; i < 2; i++) await sender.post(receiver.url);
    assert.deepEqual([receiver.connections(), receiver.requests.length], [2, 2], answer);
  }
});

test("a kept connection that the receiver closes under the request is replaced within the attempt", async (t) => {
  const receiver = await startRawReceiver(
    t,
    (socket, count) => {
      if (count === 1) socket.write(fine);
      else socket.resetAndDestroy();
    },
    { plain: true },
  );
  const sender = await startSender(t);
  for (let i = 1; i <= 3; i++) assert.equal((await sender.post(receiver.url)).code, "delivered");
  assert.deepEqual([receiver.connections(), receiver.requests.length], [3, 5]);
});

test("it is replaced once only, and not when an answer had begun", async (t) => {
  const once_ = await startRawReceiver(t, (socket) => {
    if (once_.requests.length === 1) socket.write(fine);
    else socket.end();
  });
  const sender = await startSender(t);
  assert.equal((await sender.post(once_.url)).code, "delivered");
  assert.equal((await sender.post(once_.url)).code, "closed_early");
  assert.equal(once_.requests.length, 3);

  const begun = await startRawReceiver(t, (socket, count) => {
    if (count === 1) socket.write(fine);
    else socket.end("HTTP");
  });
  assert.equal((await sender.post(begun.url)).code, "delivered");
  assert.equal((await sender.post(begun.url)).code, "closed_early");
  assert.equal(begun.requests.length, 2);
});

test("a request that goes out once has a connection of its own, and is not sent again when that is closed under it", async (t) => {
  const receiver = await startRawReceiver(t, (socket) => {
    if (receiver.requests.length === 1) socket.write(fine);
    else socket.destroy();
  });
  const sender = await startSender(t);
  assert.equal((await sender.post(receiver.url)).code, "delivered");
  assert.notEqual((await sender.post(receiver.url, { once: true })).code, "delivered");
  assert.deepEqual([receiver.connections(), receiver.requests.length], [2, 2]);
});

test("bytes that come before the request are no answer to it", async (t) => {
  const receiver = await startRawReceiver(t, () => {}, {
    greet: (socket) => socket.write(`HTTP/1.1 500 No\r\n${empty}`),
  });
  const sender = await startSender(t);
  const outcome = await sender.post(receiver.url, { timeoutMs: 500 });
  assert.notEqual(outcome.code, "delivered");
});

test("a changed endpoint drops the connections at rest", async (t) => {
  const receiver = await startRawReceiver(t, ok);
  const sender = await startSender(t);
  await sender.post(`${receiver.url}/a`);
  sender.drop(`${receiver.url}/b`);
  await sender.post(`${receiver.url}/a`);
  assert.equal(receiver.connections(), 2);
});

test("a changed endpoint also gives up the connection of an attempt that is under way, when that is over", async (t) => {
  const answer = Promise.withResolvers<void>();
  const receiver = await startRawReceiver(t, (socket) => void answer.promise.then(() => ok(socket)));
  const sender = await startSender(t);
  const first = sender.post(receiver.url);
  await receiver.waitFor(1);
  sender.drop(receiver.url);
  answer.resolve();
  assert.equal((await first).code, "delivered");
  assert.equal((await sender.post(receiver.url)).code, "delivered");
  assert.equal(receiver.connections(), 2);
});

test("an address to which there is no way is unreachable", async (t) => {
  // The broadcast address of the loopback: TCP has no way there, and nothing is sent.
  const sender = await startSender(t, undefined, { allowNetworks: ["127.255.255.255/32"] });
  const outcome = await sender.post("https://127.255.255.255:1999/");
  assert.equal(outcome.code, "connect_unreachable");
  for (const code of ["EHOSTUNREACH", "ENETDOWN", "EACCES", "EINVAL"]) {
    assert.equal(connectFailure(Object.assign(new Error(code), { code })).code, "connect_unreachable");
  }
});

test("a connection that is reset when it is made, or cut before TLS is agreed upon, is a reset", async (t) => {
  const sender = await startSender(t);
  for (const greet of [(socket: Socket) => socket.resetAndDestroy(), (socket: Socket) => socket.end()]) {
    const receiver = await startRawReceiver(t, undefined, { plain: true, greet });
    assert.equal((await sender.post(receiver.url.replace("http:", "https:"))).code, "connect_reset");
  }
});

test("a receiver that takes no connection ends at the connect limit, and an impatient attempt at its deadline", async (t) => {
  const { port } = await startDeafReceiver(t, "127.10.1.7");
  const clock = createSteeredClock();
  const sender = await startSender(t, undefined, {}, clock);
  const url = `https://127.10.1.7:${port}/`;
  const patient = sender.post(url, { timeoutMs: 15_000 });
  const impatient = sender.post(url, { timeoutMs: 1_000 });
  await clock.pass(1_000);
  assert.deepEqual([(await impatient).code, (await impatient).durationMs], ["connect_timeout", 1_000]);
  await clock.pass(4_000);
  assert.deepEqual([(await patient).code, (await patient).durationMs], ["connect_timeout", 5_000]);
});

test("waiting for the turn to connect is neither duration nor taken from the time of the attempt", async (t) => {
  const receiver = await startRawReceiver(t, ok, { plain: true });
  const { clock, nextTurn } = clockOfTurns();
  const lookUp = Promise.withResolvers<Resolution>();
  const resolver: Resolver = {
    resolve: (name) => (name === "late.test" ? lookUp.promise : new Promise(() => {})),
  };
  const sender = await startSender(t, resolver, {}, clock);
  const early = Array.from({ length: 32 }, (_, i) => sender.post(`http://early-${i}.test:${receiver.port}/`));
  const late = sender.post(`http://late.test:${receiver.port}/`);
  await clock.pass(60_000);
  for (const { code } of await Promise.all(early)) assert.equal(code, "dns_timeout");
  nextTurn();
  await clock.pass(0);
  lookUp.resolve({ found: true, addresses: ["127.10.1.1"] });
  const { code, durationMs } = await late;
  assert.deepEqual([code, durationMs], ["delivered", 0]);
});

test("a first address that takes no connection leaves time for the second, within one connect limit", async (t) => {
  const { port } = await startDeafReceiver(t, "127.10.1.7");
  const clock = createSteeredClock();
  const sender = await startSender(t, fixedResolver({ "two.example": ["127.10.1.7", "127.10.1.6"] }), {}, clock);
  const attempt = sender.post(`https://two.example:${port}/`, { timeoutMs: 15_000 });
  let isOver = false;
  void attempt.finally(() => (isOver = true));
  await clock.pass(2_500);
  // Nobody listens at the second one: its refusal, not the silence of the first, is what remains.
  await until("its end in half of the limit", () => isOver);
  const { code, durationMs } = await attempt;
  assert.deepEqual([code, durationMs], ["connect_refused", 2_500]);
});

test("a peer that is gone after the request ends at the deadline, and the record says that nobody knows", async (t) => {
  const clock = createSteeredClock();
  const receiver = await startRawReceiver(t, "gone after the request without a word");
  const sender = await startSender(t, undefined, {}, clock);
  const attempt = sender.post(receiver.url, { timeoutMs: 5_000 });
  await receiver.waitFor(1);
  await clock.pass(5_100);
  const { code, detail, durationMs } = await attempt;
  assert.equal(code, "timeout");
  assert.match(detail ?? "", /not known/);
  assert.ok(durationMs <= 5_500);
});

test("the environment's proxies are passed by", async (t) => {
  const proxy = await startRawReceiver(t, "answers 200", { plain: true });
  const names = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"];
  for (const name of names) process.env[name] = proxy.url;
  process.env["NODE_USE_ENV_PROXY"] = "1";
  t.after(() => {
    for (const name of [...names, "NODE_USE_ENV_PROXY"]) delete process.env[name];
  });
  const sender = await startSender(t);
  for (const plain of [true, false]) {
    const receiver = await startRawReceiver(t, "answers 200", { plain });
    assert.equal((await sender.post(receiver.url)).code, "delivered");
  }
  assert.equal(proxy.connections(), 0);
});

test("an idle connection that the receiver cuts costs the next attempt nothing", async (t) => {
  const receiver = await startRawReceiver(t, "200, and the idle connection cut");
  const sender = await startSender(t);
  for (let attempt = 0; attempt < 20; attempt++) assert.equal((await sender.post(receiver.url)).code, "delivered");
  assert.equal(receiver.requests.length, 20);
});

test("nobody listening is refused", async (t) => {
  const sender = await startSender(t);
  const url = `https://127.10.1.9:${await deadPort("127.10.1.9")}/`;
  assert.equal((await sender.post(url)).code, "connect_refused");
});

test("a dead first address leads to the second one, with one request on the wire", async (t) => {
  const receiver = await startRawReceiver(t, ok, { address: "127.10.1.2", names: ["two.example"] });
  const sender = await startSender(t, fixedResolver({ "two.example": ["127.10.1.8", "127.10.1.2"] }));
  assert.equal((await sender.post(`https://two.example:${receiver.port}/`)).code, "delivered");
  assert.equal(receiver.requests.length, 1);
});

test("a name keeps its name in Host, SNI and certificate check", async (t) => {
  const names: (string | false | null)[] = [];
  const receiver = await startRawReceiver(t, ok, {
    names: ["hook.example"],
    greet: (socket) => names.push((socket as Socket & { servername: string | false | null }).servername),
  });
  const sender = await startSender(t, fixedResolver({ "hook.example": ["127.10.1.1"] }));
  assert.equal((await sender.post(`https://Hook.Example:${receiver.port}/`)).code, "delivered");
  assert.match(receiver.requests[0] ?? "", /\r\nhost: hook\.example:\d+\r\n/);
  assert.equal((await sender.post(receiver.url)).code, "delivered");
  assert.deepEqual(names, ["hook.example", false]);
});

test("names without addresses end as the resolver says", async (t) => {
  const sender = await startSender(t);
  assert.equal((await sender.post("https://nowhere.example/")).code, "dns_not_found");
  for (const code of ["dns_failed", "dns_timeout"] as const) {
    const other = await startSender(t, { resolve: () => Promise.resolve({ found: false, code }) });
    assert.equal((await other.post("https://nowhere.example/")).code, code);
  }
});

test("a name is looked up for the organization whose delivery it is", async (t) => {
  const asked: string[] = [];
  const sender = await startSender(t, {
    resolve(name, organization) {
      asked.push(`${name} for ${organization}`);
      return Promise.resolve({ found: false, code: "dns_not_found" });
    },
  });
  for (const organization of ["org_a", "org_b"]) await sender.post("https://hook.example/", { organization });
  assert.deepEqual(asked, ["hook.example for org_a", "hook.example for org_b"]);
});

test("a name server that never answers ends at the deadline", async (t) => {
  const sender = await startSender(t, { resolve: () => new Promise(() => {}) });
  assert.equal((await sender.post("https://slow.example/", { timeoutMs: 100 })).code, "dns_timeout");
});

test("one forbidden address among many forbids the name, without telling which", async (t) => {
  const receiver = await startRawReceiver(t, ok, { names: ["mixed.example"] });
  const many = Array.from({ length: 1_000 }, (_, i) => `127.10.${i % 250}.1`);
  const sender = await startSender(t, fixedResolver({ "mixed.example": ["127.10.1.1", ...many, "127.0.0.1"] }));
  const outcome = await sender.post(`https://mixed.example:${receiver.port}/`);
  assert.equal(outcome.code, "address_forbidden");
  assert.doesNotMatch(outcome.detail ?? "", /127/);
  assert.equal(receiver.connections(), 0);
});

test("the peer is judged once more when the connection is there, before anything is said", async (t) => {
  const receiver = await startRawReceiver(t, "answers 200");
  const policy = createPolicy({ allowNetworks: ["127.10.0.0/16"], allowLoopback: true });
  let asked = 0;
  // Open for the literal and for the address to connect to, and closed when the peer is looked at.
  const moody = {
    ...policy,
    get networks() {
      return ++asked <= 2 ? policy.networks : [];
    },
  };
  const sender = createClient({ policy: moody, resolver: fixedResolver({}), clock: systemClock });
  t.after(() => sender.close());
  const outcome = await sender.send({
    organization: "org_a",
    url: receiver.url,
    headers: [],
    body: "",
    timeoutMs: 5_000,
  });
  assert.ok(typeof outcome === "object");
  assert.deepEqual([outcome.code, asked], ["address_forbidden", 3]);
  assert.equal(receiver.requests.length, 0);
});

test("a name that is rebound is judged again at the next connection, and looked up once for each", async (t) => {
  const receiver = await startRawReceiver(
    t,
    (socket) => socket.end(`HTTP/1.1 200 OK\r\nconnection: close\r\n${empty}`),
    {
      names: ["rebound.example"],
    },
  );
  const answers = [["127.10.1.1"], ["127.0.0.1"], ["127.10.1.1"]];
  let asked = 0;
  const resolver: Resolver = { resolve: () => Promise.resolve({ found: true, addresses: answers[asked++]! }) };
  const sender = await startSender(t, resolver);
  const codes: string[] = [];
  for (let i = 0; i < 3; i++) codes.push((await sender.post(`https://rebound.example:${receiver.port}/`)).code);
  assert.deepEqual(codes, ["delivered", "address_forbidden", "delivered"]);
  assert.deepEqual([asked, receiver.connections()], [3, 2]);
});

test("forbidden URLs and addresses are not called", async (t) => {
  const sender = await startSender(t);
  for (const url of ["https://127.0.0.1/", "https://[::1]/", "https://2130706433/", "https://localhost/"]) {
    assert.equal((await sender.post(url)).code, "address_forbidden", url);
  }
  for (const url of ["ftp://h.example/", "https://h.example:22/", "https://a@h.example/", "nonsense"]) {
    assert.equal((await sender.post(url)).code, "url_forbidden", url);
  }
});

test("plain http is closed unless the operator opens it", async (t) => {
  const receiver = await startRawReceiver(t, ok, { plain: true });
  assert.equal((await (await startSender(t)).post(receiver.url)).code, "delivered");
  assert.equal(
    (await (await startSender(t, undefined, { allowHttp: false })).post(receiver.url)).code,
    "url_forbidden",
  );
});

test("a header that would split or reframe the message is stopped before a connection is made", async (t) => {
  const receiver = await startRawReceiver(t, ok);
  const sender = await startSender(t);
  for (const header of [
    ["a", "b\r\nc: d"],
    ["a\r\nb", "c"],
    ["content-length", "3"],
    ["Host", "x"],
    ["", "x"],
    ["a", "ü"],
  ]) {
    const outcome = await sender.post(receiver.url, { headers: [header as [string, string]] });
    assert.equal(outcome.code, "header_forbidden");
  }
  assert.equal(receiver.connections(), 0);
});

test("closing interrupts what is under way and refuses what comes after", async (t) => {
  const arrived = Promise.withResolvers<void>();
  const receiver = await startRawReceiver(t, () => arrived.resolve());
  const policy = createPolicy({ allowNetworks: ["127.10.0.0/16"], allowLoopback: true });
  // No time passes: neither has come to its deadline, however long it takes to get there.
  const clock = createSteeredClock();
  const slow = createClient({ policy, resolver: { resolve: () => new Promise(() => {}) }, clock });
  const sender = await startSender(t, undefined, {}, clock);
  const waiting = sender.post(receiver.url);
  const looking = slow.send({
    organization: "org_a",
    url: "https://slow.example/",
    headers: [],
    body: "",
    timeoutMs: 300,
  });
  await arrived.promise;
  await Promise.all([sender.close(), slow.close()]);
  const looked = await looking;
  assert.ok(typeof looked === "object");
  assert.deepEqual([(await waiting).code, looked.code], ["interrupted", "interrupted"]);
  assert.equal((await sender.post(receiver.url)).code, "interrupted");
});

test("a name that is found after the end leads to no connection", async (t) => {
  const receiver = await startRawReceiver(t, ok, { plain: true });
  const lookUp = Promise.withResolvers<Resolution>();
  const sender = await startSender(t, { resolve: () => lookUp.promise });
  const attempt = sender.post(`http://late.test:${receiver.port}/`);
  await sender.close();
  assert.equal((await attempt).code, "interrupted");
  lookUp.resolve({ found: true, addresses: ["127.10.1.1"] });
  // A connection begun now would be taken before this one.
  const other = await startSender(t);
  assert.equal((await other.post(receiver.url)).code, "delivered");
  assert.equal(receiver.connections(), 1);
});

test("connections that were cut at rest are replaced a few at a time", async (t) => {
  const count = 40;
  let cut = false;
  const receiver = await startRawReceiver(
    t,
    (socket, nth) => {
      if (cut && nth > 1) socket.resetAndDestroy();
      else ok(socket);
    },
    { plain: true },
  );
  const steered = createSteeredClock();
  let asked = 0;
  const sender = await startSender(
    t,
    {
      resolve() {
        asked++;
        return Promise.resolve({ found: true, addresses: ["127.10.1.1"] });
      },
    },
    {},
    steered,
  );
  const all = () => Array.from({ length: count }, (_, i) => sender.post(`http://h${i}.test:${receiver.port}/`));
  const first = all();
  steered.advance(1);
  await Promise.all(first);
  steered.advance(1);
  assert.equal(asked, count);
  cut = true;
  const second = all();
  await receiver.waitFor(2 * count);
  // Until the last reset has arrived.
  await until("the next 32 look-ups", () => asked >= count + 32);
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  assert.equal(asked, count + 32);
  steered.advance(1);
  for (const { code } of await Promise.all(second)) assert.equal(code, "delivered");
  assert.equal(asked, 2 * count);
});

/** Sockets that are opened from now on by whoever calls. */
function watchSockets(t: TestContext): readonly Socket[] {
  const sockets: Socket[] = [];
  const note = (message: unknown) => void sockets.push((message as { readonly socket: Socket }).socket);
  subscribe("net.client.socket", note);
  t.after(() => unsubscribe("net.client.socket", note));
  return sockets;
}

/** An attempt whose connection was cut at rest, and which waits for its turn to open another. */
async function cutAndWaiting(t: TestContext) {
  const sockets = watchSockets(t);
  const receiver = await startRawReceiver(
    t,
    (socket) => {
      if (receiver.requests.length === 2) socket.resetAndDestroy();
      else ok(socket);
    },
    { plain: true },
  );
  const { clock, nextTurn } = clockOfTurns();
  const sender = await startSender(t, { resolve: () => new Promise(() => {}) }, {}, clock);
  assert.equal((await sender.post(receiver.url)).code, "delivered");
  nextTurn();
  const cut = new Promise((resolve) => sockets[0]!.once("close", resolve));
  const others = Array.from({ length: 32 }, (_, i) => sender.post(`http://h${i}.test:${receiver.port}/`));
  const attempt = sender.post(receiver.url);
  await cut;
  await clock.pass(60_000);
  for (const { code } of await Promise.all(others)) assert.equal(code, "dns_timeout");
  return { receiver, sender, attempt, clock, nextTurn };
}

test("what an attempt whose connection was cut waits is neither duration nor taken from its time", async (t) => {
  const { receiver, sender, attempt, clock, nextTurn } = await cutAndWaiting(t);
  nextTurn();
  // A limit that lies in the past would end it now.
  clock.advance(0);
  const { code, durationMs } = await attempt;
  assert.deepEqual([code, durationMs, receiver.connections()], ["delivered", 0, 2]);
  assert.equal((await sender.post(receiver.url)).code, "delivered");
  assert.equal(receiver.connections(), 2);
});

test("a change of the endpoint meanwhile makes its new connection serve it alone", async (t) => {
  const { receiver, sender, attempt, nextTurn } = await cutAndWaiting(t);
  sender.drop(receiver.url);
  nextTurn();
  assert.equal((await attempt).code, "delivered");
  nextTurn();
  assert.equal((await sender.post(receiver.url)).code, "delivered");
  assert.equal(receiver.connections(), 3);
});

test("the end interrupts it, and nothing is opened for it", async (t) => {
  const { receiver, sender, attempt, nextTurn } = await cutAndWaiting(t);
  await sender.close();
  assert.equal((await attempt).code, "interrupted");
  nextTurn();
  const other = await startSender(t);
  assert.equal((await other.post(receiver.url)).code, "delivered");
  assert.equal(receiver.connections(), 2);
});

/** Two requests were made on one connection while another, begun for the second, still looks up its name; `spare` answers
 * on that one. */
async function beginSpare(t: TestContext, spare: (socket: Socket) => void) {
  const answer = Promise.withResolvers<void>();
  const lookUp = Promise.withResolvers<void>();
  let hold: Promise<void> | null = null;
  const seen: Socket[] = [];
  const receiver = await startRawReceiver(
    t,
    (socket) => {
      if (receiver.requests.length === 1) void answer.promise.then(() => ok(socket));
      else if (socket === seen[1]) spare(socket);
      else ok(socket);
    },
    { plain: true, greet: (socket) => void seen.push(socket) },
  );
  const sender = await startSender(t, {
    async resolve() {
      await hold;
      return { found: true, addresses: ["127.10.1.1"] };
    },
  });
  const url = `http://a.test:${receiver.port}`;
  const first = sender.post(url);
  await receiver.waitFor(1);
  hold = lookUp.promise;
  const second = sender.post(url);
  answer.resolve();
  assert.deepEqual([(await first).code, (await second).code], ["delivered", "delivered"]);
  return {
    receiver,
    sender,
    url,
    /** Resolves when the other one is open. */
    async open() {
      lookUp.resolve();
      await until("a second connection", () => receiver.connections() >= 2);
    },
  };
}

test("a connection that was opened for nothing and is closed under its first request is replaced too", async (t) => {
  let asked = 0;
  const { receiver, sender, url, open } = await beginSpare(t, (socket) => {
    asked++;
    socket.resetAndDestroy();
  });
  await open();
  for (let i = 0; i < 2; i++) assert.equal((await sender.post(url)).code, "delivered");
  assert.equal(asked, 1);
  assert.ok(receiver.connections() >= 2);
});

test("a changed endpoint also gives up connections that are being opened", async (t) => {
  const { receiver, sender, url, open } = await beginSpare(t, ok);
  sender.drop(url);
  await open();
  await until("the end of all connections", () => receiver.open() === 0);
});
