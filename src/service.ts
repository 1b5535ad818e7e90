// The life of everything that runs: start resolves when it works, stop resolves when it has ended. Stopping twice or
// without a start is fine. Starting goes in the given order, stopping in the opposite one.

export interface Service {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts all in order; if one fails, those already started are stopped again, last first, and its error is thrown. */
export async function startAll(services: readonly Service[]): Promise<void> {
  const started: Service[] = [];
  for (const service of services) {
    try {
      await service.start();
      started.push(service);
    } catch (error) {
      await stopAll(started);
      throw error;
    }
  }
}

/** Stops all, last first. Every one is stopped even if another fails; the first error is thrown at the end. */
export async function stopAll(services: readonly Service[]): Promise<void> {
  let failed: { error: unknown } | undefined;
  for (const service of services.toReversed()) {
    try {
      await service.stop();
    } catch (error) {
      failed ??= { error };
    }
  }
  if (failed !== undefined) throw failed.error;
}
