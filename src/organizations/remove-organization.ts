// Removes an organization for good: first it becomes unknown, then what is kept of it is erased in slices, also after a crash.
// Its keys stop at once. The audit keeps the ids. Backups are not reached.

import { notFound } from "../auth/authorize.ts";
import type { Cancel, Clock } from "../clock.ts";
import { BelfryError } from "../errors.ts";
import type { Log } from "../log.ts";
import { installation } from "../model/organization.ts";
import type { Principal } from "../model/principal.ts";
import type { Service } from "../service.ts";
import type { Registry } from "../store/registry.ts";

export interface RemoveOrganizationDeps {
  readonly registry: Pick<Registry, "keys" | "removeOrganization" | "eraseRemoved">;
  /** Reads this key anew at its next use. */
  readonly forgetKey: (id: string) => void;
  readonly clock: Clock;
  readonly log: Log;
}

export interface OrganizationRemoval extends Service {
  /** Resolves when nothing of it is left. Throws NOT_FOUND where there is no such organization, UNAVAILABLE where the server
   * stops before; the next start then erases the rest. */
  remove(who: Principal, id: string): Promise<void>;
}

/** Between two slices, so that others get at least as much of the store. */
const pauseMs = 30;
const retryMs = 1_000;

export function createOrganizationRemoval(deps: RemoveOrganizationDeps): OrganizationRemoval {
  const { registry, clock, log } = deps;
  let running: Promise<void> | null = null;
  let stopping = false;
  let endPause: (() => void) | null = null;

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const cancel: Cancel = clock.after(ms, resolve);
      endPause = () => {
        cancel();
        resolve();
      };
    });

  async function eraseAll(): Promise<void> {
    while (!stopping) {
      let wait = pauseMs;
      try {
        if (!(await registry.eraseRemoved())) return;
      } catch (err) {
        log.error("organization.not_erased", { err }, "A removed organization could not be erased; trying again.");
        wait = retryMs;
      }
      if (!stopping) await pause(wait);
    }
  }

  function erase(): Promise<void> {
    running ??= eraseAll().finally(() => (running = null));
    return running;
  }

  return {
    async start() {
      void erase();
    },
    async stop() {
      stopping = true;
      endPause?.();
      await running;
    },
    async remove(who, id) {
      if (id === installation) throw notFound("organization");
      const keys = (await registry.keys()).filter(({ organization }) => organization === id);
      const entry = { at: clock.now(), actor: who.key, action: "organization.delete", object: id, detail: null };
      if (!(await registry.removeOrganization(id, entry))) throw notFound("organization");
      for (const key of keys) deps.forgetKey(key.id);
      // What is under way may be past the tables of this one, and ends when nothing at all is left.
      await running;
      await erase();
      if (stopping) {
        throw new BelfryError(
          "UNAVAILABLE",
          "Belfry is stopping. The rest of the organization is erased at its next start.",
        );
      }
    },
  };
}
