// A second server on the same directory: it is refused by name, also while the first one is stopped by a signal, and the
// first one does not notice.

import type { Fault } from "./fault.ts";
import { pause } from "./rig/places.ts";
import { serve, StartFailed } from "./rig/server.ts";
import { setStage } from "./rig/stage.ts";

export const second: Fault = {
  name: "second",
  what: "a second server is started on the same directory",
  rounds: null,
  needs: [],
  async run() {
    const stage = await setStage();
    stage.load.start(4, 20);
    await pause(200);
    const faults = await refusalOfSecond(stage.data);
    await pause(200);
    const { figures, faults: found } = await stage.finish({});
    const twice = stage.receiver.duplicates() === 0 ? [] : ["deliveries were made twice"];
    return { figures, faults: [...faults, ...twice, ...found] };
  },
};

/** Faults of a server that is started on a directory in use. */
export async function refusalOfSecond(data: string): Promise<readonly string[]> {
  try {
    const server = await serve({ data });
    await server.signal("SIGKILL");
    return ["a second server was let in"];
  } catch (error) {
    if (error instanceof StartFailed && error.how === 1 && error.message.includes("in use by another Belfry"))
      return [];
    return [`a second server was refused in other words: ${String(error)}`];
  }
}
