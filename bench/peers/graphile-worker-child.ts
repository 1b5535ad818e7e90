// Graphile Worker at its quickest as documented: jobs added in batches of 100, a local queue, completion in batches. It forgets jobs
// that are done, so each writes its result into a table.

import { createPost, enqueueAll, type Job, requireFrom, runPeer } from "./work.ts";

type Query = (text: string, values?: readonly unknown[]) => Promise<unknown>;

interface Library {
  run(options: object): Promise<{ readonly promise: Promise<void> }>;
  makeWorkerUtils(options: object): Promise<{
    migrate(): Promise<void>;
    addJobs(jobs: readonly { readonly identifier: string; readonly payload: Job }[]): Promise<unknown>;
    withPgClient(work: (client: { readonly query: Query }) => Promise<unknown>): Promise<void>;
  }>;
}

runPeer(async (work) => {
  const library = requireFrom(work.modules)("graphile-worker") as Library;
  const logger = new (
    requireFrom(work.modules)("graphile-worker") as unknown as { Logger: new (make: unknown) => object }
  ).Logger(() => () => undefined);
  const utils = await library.makeWorkerUtils({ connectionString: work.database, logger });
  await utils.migrate();
  await utils.withPgClient((client) =>
    client.query("create table result (id text primary key, status integer not null, ms integer not null)"),
  );
  const post = createPost(work);
  const { promise, resolve } = Promise.withResolvers<void>();
  let left = work.events;
  return async () => {
    await library.run({
      logger,
      noHandleSignals: true,
      taskList: {
        async deliver(payload: Job, { query }: { readonly query: Query }) {
          const { status, ms } = await post(payload);
          await query("insert into result values ($1, $2, $3)", [payload.id, status, ms]);
          if (--left === 0) resolve();
        },
      },
      preset: {
        worker: {
          connectionString: work.database,
          concurrentJobs: work.connections,
          maxPoolSize: 16,
          pollInterval: 100,
          localQueue: { size: 500 },
          completeJobBatchDelay: 5,
          failJobBatchDelay: 5,
        },
      },
    });
    await enqueueAll(work, (jobs) => utils.addJobs(jobs.map((payload) => ({ identifier: "deliver", payload }))));
    await promise;
  };
});
