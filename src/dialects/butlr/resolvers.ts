// The operations on webhooks: who may, check, decide (webhooks.ts), write. No rule of its own.

import type { Clock, Random } from "../../clock.ts";
import type { DestinationGuard } from "../../delivery/destination-guard.ts";
import type { OwnerActsPort } from "../owner-acts-port.ts";
import { BelfryError } from "../../errors.ts";
import { newId } from "../../model/ksuid.ts";
import type { OwnerAct } from "../../model/owner-acts.ts";
import { mayManage } from "../../model/principal.ts";
import type { SigningKey, Subscription } from "../../model/subscription.ts";
import type { History } from "../../store/history.ts";
import type { Registry } from "../../store/registry.ts";
import { changeOrganization } from "../../store/change-organization.ts";
import { found, mustSend } from "./conflicts.ts";
import { check, type CreateInput, type UpdateInput } from "./input.ts";
import type { Asker, Resolvers } from "./graphql/schema.ts";
import { mustManage, mustRead, organizationFor } from "./organization.ts";
import { testView, type Viewer, webhookView } from "./view.ts";
import {
  act,
  create,
  type Fresh,
  type NewSigningSecret,
  remove,
  rotateSecret,
  update,
  type WebhookContext,
} from "./webhooks.ts";

export interface ResolverDeps {
  readonly registry: Registry;
  readonly guard: Pick<DestinationGuard, "url" | "header">;
  readonly clock: Clock;
  readonly random: Random;
  readonly newSecret: (random: Random) => string;
  readonly newSigningKey: () => SigningKey;
  readonly history: Pick<History, "deliveries">;
  readonly acts: OwnerActsPort;
  /** How long an organization keeps events, ms. */
  readonly eventsKeptMs: (organization: string) => Promise<number>;
}

const longestOverlap = 7 * 24 * 3600;

export function webhookResolvers(deps: ResolverDeps) {
  const { registry, history, clock, random, newSecret } = deps;
  const newSigningSecret: NewSigningSecret = ({ extraSignatures }) => ({
    secret: newSecret(random),
    until: null,
    ...(extraSignatures.includes("ed25519") && { key: deps.newSigningKey() }),
  });

  /** For which organization a mutation acts, and when; throws where its key may not. */
  async function mutationContext({ who, organizationHeader }: Asker): Promise<WebhookContext> {
    const organization = await organizationFor(who, organizationHeader, registry);
    mustManage(who, organization);
    return { organization, now: clock.now(), actor: who.key, newSecret: newSigningSecret };
  }

  async function fresh(count: number): Promise<Fresh[]> {
    const first = await registry.allocate(count);
    return Array.from({ length: count }, (_, index) => ({
      number: first + index,
      id: newId("webhook", clock.now(), random.bytes(16)),
      signingSecret: newSecret(random),
    }));
  }

  async function actOn(ids: readonly string[], which: OwnerAct, context: Asker) {
    const on = await mutationContext(context);
    if (ids.length === 0) return [];
    const done = await changeOrganization(registry, on.organization, ({ subscriptions }) =>
      act(subscriptions, ids, which, on),
    );
    // One that was not held may back off, and its owner wants it to be called now.
    if (which === "resume") for (const each of done) await deps.acts.open(each, on.actor);
    return done.map((subscription) => webhookView(subscription, "manager", history));
  }

  /** Those that the mutation names, each once; throws where one of them is not there. */
  async function named(ids: readonly string[], on: WebhookContext, field: string): Promise<readonly Subscription[]> {
    const snapshot = await registry.snapshot(on.organization);
    return found(snapshot?.subscriptions ?? [], [...new Set(ids)], () => field);
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
          .map((subscription) => webhookView(subscription, viewer, history));
      },
    },
    Mutation: {
      async createWebhooks(_root: unknown, { input }: { input: readonly CreateInput[] }, context: Asker) {
        const on = await mutationContext(context);
        if (input.length === 0) return [];
        await check(input, deps, on.organization);
        const gifts = await fresh(input.length);
        const made = await changeOrganization(registry, on.organization, ({ subscriptions }) =>
          create(subscriptions, input, gifts, on),
        );
        return made.map((subscription) => webhookView(subscription, "creator", history));
      },
      async updateWebhooks(_root: unknown, { input }: { input: readonly UpdateInput[] }, context: Asker) {
        const on = await mutationContext(context);
        if (input.length === 0) return [];
        await check(input, deps, on.organization);
        const changed = await changeOrganization(registry, on.organization, ({ subscriptions }) => {
          const decision = update(subscriptions, input, on);
          return {
            ...decision,
            result: decision.put.map((after) => ({ after, isNew: hasNewSecret(subscriptions, after) })),
          };
        });
        return changed.map(({ after, isNew }) => webhookView(after, isNew ? "creator" : "manager", history));
      },
      async rotateWebhookSecret(
        _root: unknown,
        { id, overlap_s: overlap }: { id: string; overlap_s: number },
        context: Asker,
      ) {
        const on = await mutationContext(context);
        if (overlap < 0 || overlap > longestOverlap) {
          throw new BelfryError("INVALID", `overlap_s must be 0 to ${longestOverlap}.`);
        }
        const rotated = await changeOrganization(registry, on.organization, ({ subscriptions }) =>
          rotateSecret(subscriptions, id, overlap * 1000, on),
        );
        return webhookView(rotated, "creator", history);
      },
      pauseWebhooks: (_root: unknown, { ids }: { ids: readonly string[] }, context: Asker) =>
        actOn(ids, "pause", context),
      resumeWebhooks: (_root: unknown, { ids }: { ids: readonly string[] }, context: Asker) =>
        actOn(ids, "resume", context),
      async retryWebhooks(_root: unknown, { ids }: { ids: readonly string[] }, context: Asker) {
        const on = await mutationContext(context);
        const webhooks = await named(ids, on, "ids");
        mustSend(webhooks);
        for (const each of webhooks) await deps.acts.retry(each, on.actor);
        return webhooks.map((each) => webhookView(each, "manager", history));
      },
      async testWebhook(_root: unknown, { id, type }: { id: string; type: string | null }, context: Asker) {
        const on = await mutationContext(context);
        const [webhook] = await named([id], on, "id");
        return testView(await deps.acts.test(webhook!, type ?? null, on.actor));
      },
      async deleteWebhooks(_root: unknown, { ids }: { ids: readonly string[] }, context: Asker) {
        const on = await mutationContext(context);
        if (ids.length === 0) return true;
        return changeOrganization(registry, on.organization, ({ subscriptions }) => remove(subscriptions, ids, on));
      },
    },
  } satisfies Resolvers;
}

function hasNewSecret(before: readonly Subscription[], after: Subscription): boolean {
  const known = before.find(({ number }) => number === after.number)?.signingSecrets.at(-1)?.secret;
  return after.signingSecrets.at(-1)?.secret !== known;
}
