// Where a search leads: any id, an event type, a room, a host or an outcome. Pure but for what it is given.

import type { Name } from "../building/name.ts";
import { outcomeCodes } from "../../../src/words/outcome.ts";

export interface Target {
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
}

/** null: nothing is meant by it. `names`: of all places, by id. */
export function find(text: string, names: ReadonlyMap<string, Name>): Target | null {
  const asked = text.trim();
  if (asked === "") return null;
  if (/^delivery_\d+$/.test(asked)) return { path: `/deliveries/${asked}`, query: {} };
  if (/^event_\w+$/.test(asked)) return { path: `/events/${asked}`, query: {} };
  if (/^webhook_\w+$/.test(asked)) return { path: `/subscriptions/${asked}`, query: {} };
  if (/^replay_\w+$/.test(asked)) return { path: `/replays/${asked}`, query: {} };
  if (/^alert_\w+$/.test(asked)) return { path: "/alerts", query: { find: asked } };
  if (/^client_\w+$/.test(asked)) return { path: "/keys", query: { find: asked, revoked: "shown" } };
  const known = names.get(asked);
  if (known !== undefined) return placed(asked, known);
  if (/^\d{6,}$/.test(asked)) return { path: `/subscriptions/${asked}`, query: {} };
  if (outcomeCodes.includes(asked)) return { path: "/deliveries", query: { code: asked } };
  if (/^[A-Z][A-Z0-9]+(_[A-Z0-9]+)*$/.test(asked) || /^(access_log|call)\.[a-z_]+$/.test(asked)) {
    return { path: "/deliveries", query: { type: asked } };
  }
  return byName(asked, names) ?? { path: "/subscriptions", query: { find: asked } };
}

function byName(asked: string, names: ReadonlyMap<string, Name>): Target | null {
  const wanted = asked.toLowerCase();
  const rank = ({ name }: Name): number =>
    name.toLowerCase() === wanted ? 0 : name.toLowerCase().startsWith(wanted) ? 1 : 2;
  const [best] = [...names]
    .filter(([, { name }]) => name.toLowerCase().includes(wanted))
    .toSorted(([, a], [, b]) => rank(a) - rank(b));
  return best === undefined ? null : placed(...best);
}

function placed(id: string, { kind, floor }: Name): Target {
  if (kind === "room" || kind === "zone" || kind === "floor")
    return { path: "/", query: { floor: floor ?? "", space: `${kind}:${id}` } };
  if (kind === "sensor" || kind === "hive") return { path: "/sensors", query: { find: id } };
  return { path: "/deliveries", query: { subject: id } };
}
