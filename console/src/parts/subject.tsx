// What an event is about, by its name; a space leads to its place on the plan.

import { address } from "../route/place.ts";
import { Link } from "../route/link.tsx";
import { names } from "../building/model.ts";
import { shortId } from "../../../src/words/short-id.ts";

const spaces: ReadonlySet<string> = new Set(["room", "zone", "floor"]);

export const nameOf = (id: string): string => names.value.get(id)?.name ?? shortId(id);

export function Subject({ id, linked = true }: { readonly id: string; readonly linked?: boolean }) {
  const known = names.value.get(id);
  if (known === undefined) return <code title={id}>{shortId(id)}</code>;
  if (linked && spaces.has(known.kind)) {
    return <Link to={address("/", { floor: known.floor, space: `${known.kind}:${id}` })}>{known.name}</Link>;
  }
  return <span title={id}>{known.name}</span>;
}
