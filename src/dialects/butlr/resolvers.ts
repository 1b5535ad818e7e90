// The four operations of the schema: who may, check, decide (webhooks.ts), write. No rule of its own.

import type { Clock, Random } from "../../clock.ts";
import type { DestinationGuard } from "../../delivery/destination-guard.ts";
import { BelfryError } from "../../errors.ts";
import { newId } from "../../model/ksuid.ts";
import { mayManage } from "../../model/principal.ts";
import type { Registry } from "../../store/registry.ts";
import { changeOrganization } from "../../store/change-organization.ts";
import { check, type CreateInput, type UpdateInput } from "./input.ts";
import type { Asker, Resolvers } from "./graphql/schema.ts";
import { mustManage, mustRead, organizationFor } from "./organization.ts";
import { type Viewer, webhookView } from "./view.ts";
import { create, type Fresh, type WebhookContext, remove, update } from "./webhooks.ts";

export interface ResolverDeps {
  readonly registry: Registry;
  readonly guard: DestinationGuard;
  readonly clock: Clock;
  readonly random: Random;
  readonly newSecret: (random: Random) => string;
}

export function webhookResolvers({ registry, guard, clock, random, newSecret }: ResolverDeps) {
  /** For which organization a mutation acts, and when; throws where its key may not. */
  async function mutationContext({ who, organizationHeader }: Asker): Promise<WebhookContext> {
    const organization = await organizationFor(who, organizationHeader, registry);
    mustManage(who, organization);
    return { organization, now: clock.now(), actor: who.key };
  }

  async function fresh(count: number): Promise<Fresh[]> {
    const first = await registry.allocate(count);
    return Array.from({ length: count }, (_, index) => ({
      number: first + index,
      id: newId("webhook", clock.now(), random.bytes(16)),
      signingSecret: newSecret(random),
    }));
  }

  return {
    Query: {
      async webhooks(_root: unknown, _arguments: unknown, { who, organizationHeader }: Asker) {
        const organization = await organizationFor(who, organizationHeader, registry);
        mustRead(who, organization);
        const snapshot = await registry.snapshot(organization);
        if (snapshot === null) throw new BelfryError("NOT_FOUND", `There is no organization ${organization}.`);
        const viewer: Viewer = mayManage(who, organization) ? "manager" : "reader";
        return snapshot.subscriptions
          .filter(({ dialect }) => dialect === "butlr")
          .toSorted((one, other) => one.number - other.number)
          .map((subscription) => webhookView(subscription, viewer));
      },
    },
    Mutation: {
      async createWebhooks(_root: unknown, { input }: { input: readonly CreateInput[] }, context: Asker) {
        const on = await mutationContext(context);
        if (input.length === 0) return [];
        await check(input, guard, on.organization);
        const gifts = await fresh(input.length);
        const made = await changeOrganization(registry, on.organization, ({ subscriptions }) =>
          create(subscriptions, input, gifts, on),
        );
        return made.map((subscription) => webhookView(subscription, "creator"));
      },
      async updateWebhooks(_root: unknown, { input }: { input: readonly UpdateInput[] }, context: Asker) {
        const on = await mutationContext(context);
        if (input.length === 0) return [];
        await check(input, guard, on.organization);
        const changed = await changeOrganization(registry, on.organization, ({ subscriptions }) =>
          update(subscriptions, input, on),
        );
        return changed.map((subscription) => webhookView(subscription, "manager"));
      },
      async deleteWebhooks(_root: unknown, { ids }: { ids: readonly string[] }, context: Asker) {
        const on = await mutationContext(context);
        if (ids.length === 0) return true;
        return changeOrganization(registry, on.organization, ({ subscriptions }) => remove(subscriptions, ids, on));
      },
    },
  } satisfies Resolvers;
}
