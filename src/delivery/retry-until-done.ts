// One call that must succeed in the end, although the store may fail for a while.

import { type BackgroundOptions, createBackgroundLoop } from "./background-loop.ts";

/** false: nobody wanted it done any more, or the ownership was lost [BackgroundOptions.onFailed]. */
export async function retryUntilDone(
  call: () => Promise<unknown>,
  failureMessage: string,
  options: BackgroundOptions,
): Promise<boolean> {
  let done = false;
  const loop = createBackgroundLoop(
    async () => {
      await call();
      done = true;
      return null;
    },
    failureMessage,
    options,
  );
  loop.wake();
  await loop.idle();
  return done;
}
