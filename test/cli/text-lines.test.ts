import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { CommandFailure } from "../../src/cli/failure.ts";
import { readLines } from "../../src/cli/text-lines.ts";

const root = mkdtempSync(join(tmpdir(), "belfry-lines-"));
after(() => rmSync(root, { recursive: true }));

async function read(content: string | Buffer): Promise<string[]> {
  const file = join(root, "file");
  writeFileSync(file, content);
  const lines: string[] = [];
  for await (const { number, text } of readLines(file)) {
    lines.push(text);
    assert.equal(number, lines.length);
  }
  return lines;
}

test("lines end with a line feed, a carriage return or both, and not with what else Unicode calls an end", async () => {
  assert.deepEqual(await read("a\nb\r\nc\rd\n\ne"), ["a", "b", "c", "d", "", "e"]);
  assert.deepEqual(await read('{"a":"x\u2028y\u2029z\u0085"}\n'), ['{"a":"x\u2028y\u2029z\u0085"}']);
  assert.deepEqual(await read(""), []);
  assert.deepEqual(await read("\n"), [""]);
});

test("a byte order mark is skipped, at the beginning only", async () => {
  assert.deepEqual(await read("\ufeffa\n\ufeffb"), ["a", "\ufeffb"]);
});

test("a line that lies across what is read at once is whole", async () => {
  const long = "é".repeat(50_000);
  assert.deepEqual(await read(`${long}\r\n${long}x\n`), [long, `${long}x`]);
  const edge = "a".repeat(65_535);
  assert.deepEqual(await read(`${edge}\r\nb`), [edge, "b"]);
});

test("a file in another encoding is refused at its line", async () => {
  const refused = (line: number) => (error: unknown) =>
    error instanceof CommandFailure && error.message.includes(`Line ${line} of`) && /not UTF-8/.test(error.message);
  await assert.rejects(read(Buffer.from("a\nM\xfcller\n", "latin1")), refused(2));
  await assert.rejects(read(Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from("a\nb", "utf16le")])), refused(1));
});

test("a line without an end is not read into memory without bound", async () => {
  await assert.rejects(read(Buffer.alloc(17 * 1024 * 1024, "a")), /longer than 16 MiB/);
});
