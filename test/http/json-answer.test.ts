// Answers written in steps: the same text as JSON.stringify, however large, and no step long.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import { jsonSteps, sendPieces, textSteps } from "../../src/http/json-answer.ts";
import { createHttpServer } from "../../src/http/server.ts";
import { atOnce, type Steps } from "../../src/steps.ts";
import { notingLog } from "../fixtures/noted-log.ts";
import { calm, createSteeredClock } from "../fixtures/steered-clock.ts";

const textOf = (steps: Steps<readonly Buffer[]>): string => Buffer.concat(atOnce(steps)).toString();

function countSteps(steps: Steps<unknown>): number {
  let count = 1;
  while (!steps.next().done) count++;
  return count;
}

/** Texts that are longer than a step, with characters of two units wherever one could be cut. */
const longText = fc
  .tuple(fc.constantFrom("a", '"', "😀", "\ud800", "\udc00x", "ü\n"), fc.integer({ min: 0, max: 3 }))
  .map(([piece, shift]) => "b".repeat(shift) + piece.repeat(40_000 / piece.length));

test("an answer written in steps is what JSON.stringify makes of it", () => {
  const item = fc.oneof(
    fc.jsonValue(),
    longText,
    fc.record({ id: fc.string(), gone: fc.constant(undefined), body: longText, list: fc.array(fc.jsonValue()) }),
  );
  const answer: fc.Arbitrary<unknown> = fc.oneof(
    item,
    fc.array(item),
    fc.record({ data: fc.array(item), next: fc.jsonValue() }),
  );
  const examples: unknown[] = [{}, [], "", null, 0, { data: [] }, { a: undefined }, [undefined, "x".repeat(20_000)]];
  fc.assert(
    fc.property(answer, (value) => assert.equal(textOf(jsonSteps(value)), JSON.stringify(value))),
    { numRuns: 60, examples: examples.map((value) => [value] as [unknown]) },
  );
});

test("a text that is an answer goes out as it is", () => {
  fc.assert(
    fc.property(longText, (text) => assert.equal(textOf(textSteps(text)), Buffer.from(text).toString())),
    { numRuns: 20 },
  );
});

test("a page of large items is written in many steps, one large text too, and a short page in one", () => {
  const body = "x".repeat(10_000);
  const page = (count: number, body: string) => ({ data: Array.from({ length: count }, () => ({ body })), next: null });
  assert.ok(countSteps(jsonSteps(page(100, body))) > 100);
  assert.ok(countSteps(jsonSteps({ body: "x".repeat(1_000_000) })) > 60);
  assert.ok(countSteps(textSteps("x".repeat(1_000_000))) > 60);
  assert.equal(countSteps(jsonSteps(page(20, "x".repeat(300)))), 1);
});

test("an answer that would be streamed to an asker who has hung up leaves nothing in the log", async (t) => {
  const logged: object[] = [];
  const log = notingLog((line) => void logged.push(line));
  const server = createHttpServer({ host: "127.0.0.1", port: 0, log, clock: createSteeredClock() });
  const asked = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<void>();
  server.mount((scope) => {
    scope.addHook("onSend", (_request, _reply, payload, done) => {
      answered.resolve();
      done(null, payload);
    });
    scope.post("/large", async (_, reply) => {
      asked.resolve();
      // The close of the response tells that the asker is gone.
      await once(reply.raw, "close");
      return sendPieces(reply, [Buffer.alloc(1_000_000)]);
    });
  });
  await server.start();
  t.after(() => server.stop());
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
  socket.write("POST /large HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}");
  await asked.promise;
  socket.destroy();
  await answered.promise;
  await calm();
  assert.deepEqual(logged, []);
});
