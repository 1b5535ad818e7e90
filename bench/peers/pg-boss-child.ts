// pg-boss at its quickest as documented: jobs inserted and fetched in batches of 100, fetched without a pause while there are full
// ones, each with a result of its own.

import { createPost, enqueueAll, type Job, requireFrom, runPeer } from "./work.ts";

interface Boss {
  start(): Promise<unknown>;
  createQueue(name: string): Promise<unknown>;
  insert(name: string, jobs: readonly { readonly data: Job }[]): Promise<unknown>;
  work(
    name: string,
    options: object,
    handler: (jobs: readonly { readonly id: string; readonly data: Job }[]) => Promise<readonly object[]>,
  ): Promise<unknown>;
  on(event: "error", listener: (error: Error) => void): void;
}

runPeer(async (work) => {
  const { PgBoss } = requireFrom(work.modules)("pg-boss") as { PgBoss: new (options: object) => Boss };
  const boss = new PgBoss({ connectionString: work.database, max: 16 });
  boss.on("error", (error) => console.error(error));
  await boss.start();
  await boss.createQueue("deliver");
  const post = createPost(work);
  const { promise, resolve } = Promise.withResolvers<void>();
  let left = work.events;
  const options = {
    batchSize: 100,
    localConcurrency: 4,
    pollingIntervalSeconds: 0.5,
    burstWhenBatchFull: true,
    perJobResults: true,
  };
  return async () => {
    await boss.work("deliver", options, async (jobs) => {
      const results = await Promise.all(
        jobs.map(async ({ id, data }) => ({ id, status: "completed", output: await post(data) })),
      );
      left -= jobs.length;
      if (left === 0) resolve();
      return results;
    });
    await enqueueAll(work, (jobs) =>
      boss.insert(
        "deliver",
        jobs.map((data) => ({ data })),
      ),
    );
    await promise;
  };
});
