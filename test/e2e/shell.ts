// Runs commands of the documents as they are printed, in a shell in which `belfry`, `npm run --silent belfry --`, `node`
// and `curl` are those of this checkout.

import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after } from "node:test";
import { makePlace, root } from "./harness.ts";

/** What stands in ``` … ``` of a document, from `heading` to the next one of its level; whole without a heading. */
export function blocksOf(file: string, heading?: string): readonly string[] {
  const text = readFileSync(join(root, file), "utf8");
  const begin = heading === undefined ? 0 : text.indexOf(`\n## ${heading}\n`);
  if (begin === -1) throw new Error(`${file} has no heading ${heading}`);
  const end = heading === undefined ? -1 : text.indexOf("\n## ", begin + 1);
  const part = text.slice(begin, end === -1 ? undefined : end);
  return [...part.matchAll(/^```[a-z]*\n(.*?)^```$/gms)].map(([, block]) => block!);
}

export interface Running {
  /** What it printed so far, on both channels. */
  output(): string;
  /** Resolves when it printed this; rejects when it ended without. */
  prints(text: string): Promise<void>;
  /** As Ctrl-C would; resolves when it has ended. */
  interrupt(): Promise<void>;
  /** Resolves with its exit code. */
  readonly ended: Promise<number | null>;
}

export interface Shell {
  run(commands: string, environment?: Readonly<Record<string, string>>): Running;
}

const open = new Set<Running>();
after(() => Promise.all([...open].map((each) => each.interrupt())));

/** Stands in a directory of its own, where examples/ is. */
export function createShell(): Shell {
  const place = makePlace();
  const bin = join(place, "bin");
  mkdirSync(bin);
  symlinkSync(join(root, "examples"), join(place, "examples"));
  const tool = (name: string, lines: string) => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${lines}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  tool("node", `exec "${process.execPath}" "$@"`);
  tool("curl", `exec "${process.execPath}" "${join(root, "test/e2e/curl.ts")}" "$@"`);
  symlinkSync(join(root, "bin/belfry.js"), join(bin, "belfry"));
  tool(
    "npm",
    `[ "$1 $2 $3 $4" = "run --silent belfry --" ] || exit 127; shift 4; exec "${process.execPath}" "${join(root, "src/main.ts")}" "$@"`,
  );
  return {
    run(commands, environment = {}) {
      const PATH = `${bin}:${process.env["PATH"]}`;
      // A process group of its own, as a terminal would give it.
      const child = spawn("sh", ["-ec", commands], { cwd: place, env: { PATH, ...environment }, detached: true });
      let output = "";
      const waiting = new Set<() => void>();
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding("utf8").on("data", (text: string) => {
          output += text;
          for (const look of waiting) look();
        });
      }
      const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
      const running: Running = {
        output: () => output,
        prints: (text) =>
          new Promise((resolve, reject) => {
            const look = () => {
              if (output.includes(text)) resolve();
            };
            waiting.add(look);
            look();
            void ended.then((code) => reject(new Error(`ended with ${code} before it printed ${text}:\n${output}`)));
          }),
        async interrupt() {
          if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, "SIGINT");
          await ended;
        },
        ended,
      };
      open.add(running);
      void ended.then(() => open.delete(running));
      return running;
    },
  };
}
