// Tenants whose time is over without anybody changing the model: at that moment what waits for their lanes is withdrawn. New
// events do not reach them anyway [building/entitled.ts].

import type { Cancel, Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Withdrawal } from "../model/withdrawal.ts";
import type { Service } from "../service.ts";
import type { Registry } from "../store/registry.ts";
import type { Organizations } from "./organizations.ts";

export interface InactiveTenantsDeps {
  readonly organizations: Pick<Organizations, "ids" | "get" | "listen">;
  readonly registry: Pick<Registry, "change">;
  /** Whether the lane is owed anything, held and in flight included. */
  readonly owes: (lane: number) => boolean;
  readonly clock: Clock;
  readonly log: Log;
}

interface Ending {
  readonly lane: number;
  readonly tenant: string;
  /** Epoch ms. */
  readonly at: number;
}

/** The wall clock may be set meanwhile, and an event may be accepted in the very moment. */
const lookAgainMs = 60_000;

export function createInactiveTenants({ organizations, registry, owes, clock, log }: InactiveTenantsDeps): Service {
  /** By organization: tenants with an end and a subscription. */
  const endings = new Map<string, readonly Ending[]>();
  let running = false;
  let cancel: Cancel | null = null;
  let looking: Promise<void> = Promise.resolve();

  async function note(id: string): Promise<void> {
    const organization = await organizations.get(id);
    const found = (organization?.subscriptions ?? []).flatMap(({ scope, number }): Ending[] => {
      const tenant = scope.kind === "tenant" ? organization?.model?.tenants.get(scope.id) : undefined;
      if (tenant === undefined || tenant.inactiveAfter === Infinity) return [];
      return [{ lane: number, tenant: tenant.id, at: tenant.inactiveAfter }];
    });
    if (found.length > 0) endings.set(id, found);
    else endings.delete(id);
  }

  async function withdraw(organization: string, over: readonly Ending[]): Promise<void> {
    const withdrawals = over.map(({ lane, tenant }): Withdrawal => ({ lane, tenant, reason: "tenant_inactive" }));
    try {
      await registry.change({ organization, revision: null, withdraw: withdrawals, audit: [] });
    } catch (error) {
      log.error("store.failed", { err: error }, "Deliveries of inactive tenants could not be withdrawn; trying again.");
    }
  }

  async function look(): Promise<void> {
    for (const [organization, all] of endings) {
      const now = clock.now();
      const over = all.filter(({ at, lane }) => at <= now && owes(lane));
      if (over.length > 0) await withdraw(organization, over);
    }
    arm();
  }

  function lookNow(): void {
    cancel?.();
    cancel = null;
    looking = looking.then(() => (running ? look() : undefined));
  }

  function arm(): void {
    if (!running) return;
    const now = clock.now();
    let wait = lookAgainMs;
    for (const { at } of [...endings.values()].flat()) if (at > now) wait = Math.min(wait, at - now);
    cancel?.();
    cancel = endings.size === 0 ? null : clock.after(wait, lookNow);
  }

  organizations.listen((id) => {
    if (running) looking = looking.then(() => note(id)).then(arm);
  });

  return {
    async start() {
      running = true;
      for (const id of organizations.ids()) await note(id);
      lookNow();
    },
    async stop() {
      running = false;
      cancel?.();
      await looking;
    },
  };
}
