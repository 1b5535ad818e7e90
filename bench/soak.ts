// Long runs, each with bounds that must hold: `npm run soak -- calm|hanging|dead|hostile|crowded|crowd [--seconds N] [--json]`, and
// `npm run soak -- postgres [--rate N] [--minutes N]`.

import { type Options, readNamed, say } from "./harness/options.ts";
import { run } from "./harness/places.ts";
import { soakCalm } from "./soak/calm.ts";
import { soakCrowd } from "./soak/crowd.ts";
import { soakCrowded } from "./soak/crowded.ts";
import { soakDead } from "./soak/dead.ts";
import { soakHanging } from "./soak/hanging.ts";
import { soakHostile } from "./soak/hostile.ts";
import { soakPostgres } from "./soak/postgres.ts";

const soaks: Readonly<Record<string, (options: Options) => Promise<void>>> = {
  calm: soakCalm,
  hanging: soakHanging,
  dead: soakDead,
  hostile: soakHostile,
  crowded: soakCrowded,
  crowd: soakCrowd,
  postgres: soakPostgres,
};

await run(async () => {
  const { name, options } = readNamed();
  const soak = soaks[name ?? ""];
  if (soak === undefined) {
    say(`Name one of: ${Object.keys(soaks).join(", ")}.`);
    process.exitCode = 2;
  } else await soak(options);
});
