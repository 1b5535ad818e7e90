// How the reader of our texts starts Belfry, so that help and hints name a command that exists where they are.

import { basename, relative } from "node:path";

export function commandName({ argv, env }: Pick<NodeJS.Process, "argv" | "env">, place: string): string {
  const file = argv[1] ?? "belfry";
  // The link that npm makes, or what it leads to.
  if (basename(file, ".js") === "belfry") return env["npm_command"] === "exec" ? "npx belfry" : "belfry";
  return file.endsWith(".ts") ? "npm run --silent belfry --" : `node ${relative(place, file)}`;
}
