// The store on PostgreSQL passes the contract, each test on a database of its own: all of it with `npm run test:postgres`, what is
// accepted and settled with every other test.

import { after, before, describe } from "node:test";
import { systemClock } from "../../src/clock.ts";
import { openPostgres } from "../../src/store/postgres/open.ts";
import type { Store } from "../../src/store/store.ts";
import { testStore, type Topic } from "../contract/index.ts";
import { type Postgres, startPostgres, withoutPostgres } from "../fixtures/postgres.ts";
import { isOnPostgres, templateOf } from "../fixtures/test-store.ts";

const masterKey = new Uint8Array(32).fill(7);

describe("on PostgreSQL", { skip: withoutPostgres }, () => {
  let postgres: Postgres;
  let template: string;

  const open = (url: string): Promise<Store> => openPostgres({ url, masterKey, clock: systemClock, connections: 4 });

  before(async () => {
    postgres = await startPostgres();
    template = await templateOf(postgres);
  });
  after(() => postgres?.stop());

  const short: readonly Topic[] = ["acceptance", "ownership", "settling"];
  testStore("postgres", async () => open(await postgres.create(template)), isOnPostgres ? undefined : short);
});
