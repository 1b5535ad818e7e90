// Builds the console after `npm ci`, unless it is up to date. Says nothing and does nothing where Vite is absent, as after
// `npm ci --omit=dev`: packages ship the built files. `--always`: builds anew, and fails where that is impossible.

import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const here = import.meta.dirname;
const built = join(here, "../dist/console/index.html");
const always = process.argv.includes("--always");

/** Epoch ms at which the newest source was written. */
function newest() {
  const sources = readdirSync(here, { recursive: true, encoding: "utf8" }).map((name) => join(here, name));
  return Math.max(
    ...[...sources, join(here, "../package-lock.json")].filter(existsSync).map((file) => statSync(file).mtimeMs),
  );
}

async function vite() {
  try {
    return await import("vite");
  } catch (error) {
    if (always || error.code !== "ERR_MODULE_NOT_FOUND") throw error;
    return null;
  }
}

if (always || !existsSync(built) || statSync(built).mtimeMs < newest()) {
  const found = await vite();
  await found?.build({ configFile: join(here, "vite.config.ts") });
}
