// Who is signed in, and for which organization the pages act. The token itself is in a cookie that no script can read.

import { computed, effect, signal } from "@preact/signals";
import { address, go, place } from "../route/place.ts";
import { access, ApiFailure, get, send } from "./client.ts";
import { getAll } from "./list.ts";
import type { Organization, Role, SessionAnswer } from "./types.ts";

/** undefined: not known yet. null: nobody. */
export const session = signal<SessionAnswer | null | undefined>(undefined);
/** Why the sign-in page is shown, where there is more to say than that. */
export const signInNote = signal<string | null>(null);
/** Those among which an operator chooses. */
export const organizations = signal<readonly Organization[]>([]);

/** The organization that the pages are about; null: there is none yet. */
export const organization = computed<string | null>(() => {
  const who = session.value;
  if (!who) return null;
  if (who.organization !== null) return who.organization;
  const asked = place.value.query["organization"];
  const known = organizations.value;
  return known.find(({ id }) => id === asked)?.id ?? known[0]?.id ?? null;
});

/** null: of none, or of one that is not known here. */
export const nameOfOrganization = (id: string | null): string | null =>
  organizations.value.find((each) => each.id === id)?.name ?? null;

/** Whether somebody may choose between organizations. */
export const mayChoose = computed(() => session.value?.organization === null && organizations.value.length > 1);

export type Ability =
  | "building"
  | "subscriptions"
  | "deliveries"
  | "events"
  | "sensors"
  | "inboxes"
  | "replays"
  | "alerts"
  | "keys"
  | "audit"
  | "model"
  | "health";

/** In the order of the rail; the roles as docs/api.md has them. */
const rolesOf: Readonly<Record<Ability, readonly Role[]>> = {
  building: ["operator", "organization", "viewer", "building"],
  subscriptions: ["operator", "organization", "viewer", "building", "tenant"],
  deliveries: ["operator", "organization", "viewer", "building", "tenant"],
  events: ["operator", "organization", "viewer"],
  sensors: ["operator", "organization", "viewer", "building"],
  inboxes: ["operator", "organization", "building", "tenant"],
  replays: ["operator", "organization", "viewer", "building", "tenant"],
  alerts: ["operator", "organization", "viewer", "building", "tenant"],
  keys: ["operator", "organization"],
  audit: ["operator"],
  model: ["operator", "organization", "viewer"],
  health: ["operator"],
};

/** The pages of which this session sees anything. */
export const mine = computed<readonly Ability[]>(() => {
  const who = session.value;
  if (!who) return [];
  // By a portal link nobody makes keys.
  const isThere = (each: Ability): boolean =>
    each === "inboxes" ? who.inboxes : each === "keys" ? who.portal === null : true;
  return (Object.keys(rolesOf) as Ability[]).filter((each) => rolesOf[each].includes(who.role) && isThere(each));
});

const is = (...roles: readonly string[]) => computed(() => roles.includes(session.value?.role ?? ""));
/** Reads models and events of the whole organization. */
export const readsAll = is("operator", "organization", "viewer");
/** Has subscriptions of its own: pauses them and sees their secrets. */
export const owns = is("operator", "organization", "building", "tenant");
/** Sends again and removes. */
export const manages = is("operator", "organization");

/** By a portal link, which stands in the address. */
export const isPortal = location.pathname.startsWith("/portal/");

access.onSignedOut = () => {
  if (session.value && !isPortal) signInNote.value = "The session has ended. Sign in again to go on where you were.";
  session.value = null;
};

effect(() => {
  access.organization = session.value?.organization === null ? organization.value : null;
});

// A link that somebody passes on must name the organization that it is about.
effect(() => {
  const { path, query } = place.value;
  if (!mayChoose.value || query["organization"] === organization.value) return;
  go(address(path, { ...query, organization: organization.value }), "replace");
});

/** From the link of the address, else from the cookie. */
export async function beginSession(): Promise<void> {
  if (isPortal) access.bearer = location.hash.slice(1);
  const link = /^#sign-in=(\w+)$/.exec(location.hash)?.[1];
  // Away from the address before anything else: it must not end in a history.
  if (link !== undefined) history.replaceState(null, "", location.pathname + location.search);
  try {
    await known(link === undefined ? get<SessionAnswer>("/v1/session") : send("POST", "/v1/session", { link }));
  } catch (error) {
    session.value = null;
    if (link !== undefined || !(error instanceof ApiFailure && error.status === 401))
      signInNote.value = (error as Error).message;
  }
}

/** Throws an ApiFailure where the key is wrong. */
export async function signIn(key: string): Promise<void> {
  await known(send("POST", "/v1/session", { key }));
}

export async function signOut(): Promise<void> {
  await send("DELETE", "/v1/session").catch(() => null);
  access.csrf = null;
  signInNote.value = "You are signed out.";
  session.value = null;
}

async function known(asked: Promise<SessionAnswer>): Promise<void> {
  const answer = await asked;
  access.csrf = answer.csrf_token;
  if (answer.organization === null) await readOrganizations();
  signInNote.value = null;
  session.value = answer;
}

/** Again after one was made. */
export async function readOrganizations(): Promise<void> {
  organizations.value = await getAll<Organization>("/v1/organizations", {}, 1_000);
}
