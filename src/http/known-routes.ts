// Every route of the server, noted as it is registered: for the OpenAPI document, and to tell an unknown address from a
// wrong method.

import type { HttpScope, RouteDocument } from "./scope.ts";

export interface KnownRoute {
  readonly method: string;
  /** `/v1/deliveries/:id` */
  readonly path: string;
  readonly document: RouteDocument | undefined;
}

/** Notes what is registered in this scope and below it from now on. */
export function noteRoutes(scope: HttpScope): readonly KnownRoute[] {
  const found: KnownRoute[] = [];
  scope.addHook("onRoute", ({ method, url, config }) => {
    for (const one of [method].flat()) found.push({ method: one, path: url, document: config?.document });
  });
  return found;
}

/** Methods that this address takes; empty: there is nothing. */
export function methodsAt(routes: readonly KnownRoute[], url: string): readonly string[] {
  const asked = url.split("?", 1)[0]!.split("/");
  const here = routes.filter(({ path }) => fits(path.split("/"), asked));
  return [...new Set(here.map(({ method }) => method))];
}

function fits(pattern: readonly string[], asked: readonly string[]): boolean {
  if (pattern.length !== asked.length) return false;
  return pattern.every((part, index) => part === asked[index] || (part.startsWith(":") && asked[index] !== ""));
}
