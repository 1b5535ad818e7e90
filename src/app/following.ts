// What a node does when another one has changed something: reads anew what it keeps in memory.

import { createFeed, type Feed } from "../nodes/feed.ts";
import type { OwnedSlices } from "../nodes/owned.ts";
import type { Owner, OwnerParts } from "./owner.ts";

export function followChanges({ ground, known }: OwnerParts, owned: OwnedSlices<Owner>): Feed {
  const { clock, random, log, store } = ground;
  const { organizations, authenticator } = known;

  async function noteReplay(id: string): Promise<void> {
    const replay = await store.replays.replayJob(id, null);
    if (replay !== null) owned.of(replay.organization)?.jobs.note(replay);
  }

  function noteLane(id: string): void {
    const lane = Number(id);
    const organization = organizations.subscription(lane)?.organization;
    if (organization !== undefined) owned.of(organization)?.dispatcher.readLater(lane, "live", clock.now());
  }

  return createFeed({
    clock,
    random,
    log,
    changes: store.changes,
    everyMs: 250,
    on: {
      organization: async (id) => void (await organizations.reload(id)),
      key: authenticator.forget,
      sign_in: authenticator.forget,
      token: authenticator.forget,
      replay: noteReplay,
      lane: noteLane,
    },
    async onGap() {
      authenticator.forgetAll();
      await organizations.loadAll();
    },
  });
}
