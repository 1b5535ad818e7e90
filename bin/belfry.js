#!/usr/bin/env node
// The command `belfry`: what was built where this is an installed package, in which Node strips no types, and the source in
// a checkout. Must run in any Node, to say which one is needed.

import { existsSync, readFileSync } from "node:fs";

const { engines } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const needed = engines.node.match(/\d+/g).map(Number);
const here = process.versions.node.split(".").map(Number);
const differs = needed.findIndex((part, index) => part !== here[index]);

if (differs !== -1 && here[differs] < needed[differs]) {
  console.error(
    `Belfry needs Node ${needed[0]}.${needed[1]} or later. This is ${process.version}: install a newer one.`,
  );
  process.exitCode = 1;
} else {
  const source = new URL("../src/main.ts", import.meta.url);
  await import(existsSync(source) ? source.href : "../dist/src/main.js");
}
