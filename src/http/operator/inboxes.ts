// /v1/inboxes: addresses of this server that show what arrives, made, read, told how to answer and removed by keys that may have
// subscriptions. An inbox of another is not found, as one that is not there.

import { z } from "zod";
import { listedOrganization, notFound, owners } from "../../auth/authorize.ts";
import { BelfryError } from "../../errors.ts";
import type { Inbox } from "../../model/inbox.ts";
import type { Principal } from "../../model/principal.ts";
import { listOf, pageOf, pageQuery } from "../cursor.ts";
import { type Route, route } from "../route.ts";
import { homeFor } from "./alert-home.ts";
import type { OperatorDeps } from "./deps.ts";
import {
  answerEdit,
  editedAnswer,
  inboxSchema,
  requestsQuery,
  requestsSchema,
  showInbox,
  showRequest,
} from "./inbox-view.ts";
import { actingForOne } from "./only-organization.ts";
import { owns } from "./owned.ts";

type InboxDeps = Pick<OperatorDeps, "inboxes" | "place" | "registry" | "clock">;

const creation = z.strictObject({
  name: z.string().min(1).max(128).optional(),
  building: z.string().min(1).max(128).optional(),
  tenant: z.string().min(1).max(128).optional(),
});

export function inboxRoutes(deps: InboxDeps): readonly Route[] {
  const { inboxes } = deps;
  const show = (inbox: Inbox) => showInbox(inbox, inboxes.urlOf(inbox.token));
  const one = (who: Principal, id: string | undefined) => ownedInbox(deps, who, id ?? "");
  return [
    route({
      method: "POST",
      path: "/v1/inboxes",
      summary: "Make an inbox of the organization, or of the building or tenant of the key. It ends after seven days.",
      roles: owners,
      status: 201,
      body: creation,
      answer: inboxSchema,
      handle: async ({ who, body }) => {
        mustBeOn(deps);
        const { organization, scope } = await homeFor(deps.place, await actingForOne(deps, who, body), body);
        const inbox = inboxes.create({ organization, scope, name: body.name ?? null });
        await audit(deps, who, "create", inbox).catch((error: unknown) => {
          inboxes.remove(inbox.id);
          throw error;
        });
        return show(inbox);
      },
    }),
    route({
      method: "GET",
      path: "/v1/inboxes",
      summary: "Inboxes, newest first. Keys of buildings and tenants see their own.",
      roles: owners,
      query: z.strictObject({ organization: z.string().optional(), ...pageQuery }),
      answer: listOf(inboxSchema),
      handle: async ({ who, query }) => {
        mustBeOn(deps);
        const organization = listedOrganization(who, query.organization);
        const mine: Inbox[] = [];
        for (const each of inboxes.list()) {
          const isListed = organization === null || each.organization === organization;
          if (isListed && (await owns(deps, who, each))) mine.push(each);
        }
        const position = ({ createdAt, id }: Inbox) => `${String(createdAt).padStart(16, "0")} ${id}`;
        return pageOf(mine, query, ["inboxes", organization], position, show);
      },
    }),
    route({
      method: "GET",
      path: "/v1/inboxes/:id/requests",
      summary: "What arrived at an inbox and is still kept, newest first.",
      roles: owners,
      query: requestsQuery,
      answer: requestsSchema,
      handle: async ({ who, params, query }) => {
        const inbox = await one(who, params["id"]);
        return { inbox: show(inbox), data: inboxes.requests(inbox.id, query.after).map(showRequest) };
      },
    }),
    route({
      method: "PATCH",
      path: "/v1/inboxes/:id/answer",
      summary: "Change how an inbox answers. Failures are counted anew.",
      roles: owners,
      body: answerEdit,
      answer: inboxSchema,
      handle: async ({ who, params, body }) => {
        const inbox = await one(who, params["id"]);
        await audit(deps, who, "answer", inbox, body);
        const changed = inboxes.setAnswer(inbox.id, editedAnswer(inbox.answer, body));
        if (changed === null) throw notFound("inbox");
        return show(changed);
      },
    }),
    route({
      method: "DELETE",
      path: "/v1/inboxes/:id",
      summary: "Remove an inbox and all that it keeps. Deliveries to it fail from then on.",
      roles: owners,
      status: 204,
      answer: z.null(),
      handle: async ({ who, params }) => {
        const inbox = await one(who, params["id"]);
        await audit(deps, who, "remove", inbox);
        inboxes.remove(inbox.id);
        return null;
      },
    }),
  ];
}

function mustBeOn({ inboxes }: InboxDeps): void {
  if (inboxes.isOn) return;
  throw new BelfryError("FORBIDDEN", "This server has no inboxes. Its operator can allow them: BELFRY_INBOX=true.");
}

async function ownedInbox(deps: InboxDeps, who: Principal, id: string): Promise<Inbox> {
  mustBeOn(deps);
  const inbox = deps.inboxes.get(id);
  if (inbox === null || !(await owns(deps, who, inbox))) throw notFound("inbox");
  return inbox;
}

function audit(
  { registry, clock }: InboxDeps,
  who: Principal,
  act: "create" | "answer" | "remove",
  { id, organization, scope }: Inbox,
  change: object | null = null,
): Promise<void> {
  const detail = JSON.stringify(change ?? { organization, scope });
  return registry.audit({ at: clock.now(), actor: who.key, action: `inbox.${act}`, object: id, detail });
}
