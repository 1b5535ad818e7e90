// All subscriptions that the session may see, read live: the list, and the names for other pages.

import { useMemo } from "preact/hooks";
import { getAll } from "../api/list.ts";
import { organization } from "../api/session.ts";
import type { Figures, Subscription } from "../api/types.ts";
import { type Live, useLive } from "../live/use-live.ts";

const most = 1_000;

export function useSubscriptions(everyMs = 3_000): Live<readonly Subscription[]> {
  return useLive(
    `subscriptions ${organization.value}`,
    (signal) => getAll<Subscription>("/v1/subscriptions", {}, most, signal),
    everyMs,
  );
}

/** By id; empty until they are read. */
export const useById = ({ data }: Live<readonly Subscription[]>): ReadonlyMap<string, Subscription> =>
  useMemo(() => new Map((data ?? []).map((each) => [each.id, each])), [data]);

/** The same with their figures of a day, which cost more and change slowly. */
export function useFigures(everyMs = 30_000): Live<ReadonlyMap<string, Figures>> {
  return useLive(
    `figures ${organization.value}`,
    async (signal) => {
      const all = await getAll<Subscription>("/v1/subscriptions", { figures: "true" }, most, signal);
      return new Map(all.flatMap(({ id, figures }) => (figures === undefined ? [] : [[id, figures]])));
    },
    everyMs,
  );
}
