// How the cost of a delivery goes with what there is of something. It must not grow.
// `npm run bench:curves -- endpoints|pending|fan-out [--most N] [--events N] [--json]`

import { curveOfEndpoints } from "./curves/endpoints.ts";
import { curveOfFanOut } from "./curves/fan-out.ts";
import { curveOfPending } from "./curves/pending.ts";
import { type Options, readNamed, say } from "./harness/options.ts";
import { run } from "./harness/places.ts";

const curves: Readonly<Record<string, (options: Options) => Promise<void>>> = {
  endpoints: curveOfEndpoints,
  pending: curveOfPending,
  "fan-out": curveOfFanOut,
};

await run(async () => {
  const { name, options } = readNamed();
  const curve = curves[name ?? ""];
  if (curve === undefined) {
    say(`Name one of: ${Object.keys(curves).join(", ")}.`);
    process.exitCode = 2;
  } else await curve(options);
});
