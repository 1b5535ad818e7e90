// Where other processes answer for the same server: a request sees what any of them had changed before it came.

import type { HttpScope } from "./scope.ts";

export type Routes = (scope: HttpScope) => void | Promise<void>;

/** The same API, whose requests wait for `catchUp` before anything else. null: this process makes all changes itself. */
export function upToDate(routes: Routes, catchUp: (() => Promise<void>) | null): Routes {
  if (catchUp === null) return routes;
  return (scope) => {
    scope.addHook("onRequest", catchUp);
    return routes(scope);
  };
}
