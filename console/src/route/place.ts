// The address is the state: page, filters and selection stand in it, so that a link shows a colleague the same, and back goes
// back.

import { signal } from "@preact/signals";

/** The pages stand under /console, or under the path of a portal link, which keeps its token behind the #; an inbox has an address
 * of its own, which is one page. */
const base = /^\/(?:inbox|portal)\/[^/]+/.exec(location.pathname)?.[0] ?? "/console";
const tail = base.startsWith("/portal/") ? location.hash : "";

export interface Place {
  /** `/deliveries/delivery_7` */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
}

export const place = signal<Place>(read());

addEventListener("popstate", () => (place.value = read()));

function read(): Place {
  const path = location.pathname.startsWith(base) ? location.pathname.slice(base.length) : "/";
  return { path: path === "" ? "/" : path, query: Object.fromEntries(new URLSearchParams(location.search)) };
}

export type Change = Readonly<Record<string, string | null | undefined>>;

/** The address of a page. The organization goes along. */
export function address(path: string, query: Change = {}): string {
  const { organization } = place.value.query;
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries({ organization, ...query })) if (value) parameters.set(name, value);
  const text = parameters.toString();
  const isBare = path === "/" && base !== "/console";
  return `${base}${isBare ? "" : path}${text === "" ? "" : `?${text}`}${tail}`;
}

export function go(target: string, how: "push" | "replace" = "push"): void {
  const isSamePage = new URL(target, location.href).pathname === location.pathname;
  if (how === "push") history.pushState(null, "", target);
  else history.replaceState(null, "", target);
  place.value = read();
  if (!isSamePage) {
    scrollTo(0, 0);
    document.querySelector<HTMLElement>("main h1")?.focus({ preventScroll: true });
  }
}

/** Changes parameters of this page; null takes one out. */
export function narrow(change: Change, how: "push" | "replace" = "push"): void {
  const { path, query } = place.value;
  go(address(path, { ...query, ...change }), how);
}
