// Whom something is for, as a choice of a form holds it: `building:ID`, `tenant:ID`, or one word for all. Pure.

/** `id`: null where the scope is one word. An id may hold colons. */
export function splitScope(scope: string): readonly [kind: string, id: string | null] {
  const cut = scope.indexOf(":");
  return cut === -1 ? [scope, null] : [scope.slice(0, cut), scope.slice(cut + 1)];
}
