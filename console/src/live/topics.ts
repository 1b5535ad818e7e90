// Which changes concern what was read: a page listens to whatever it reads, and says nothing about it itself. Pure.

/** Of one organization, as the stream tells it: by topic either ids (of subscriptions, alerts or buildings), or true for all. */
export type Change = Readonly<Partial<Record<Topic, readonly string[] | true>>>;

type Topic = "deliveries" | "subscriptions" | "alerts" | "events" | "entries" | "occupancy" | "sensors" | "model";

/** A GET of the operator API. */
export interface Read {
  readonly path: string;
  readonly query: Readonly<Record<string, string | number | null | undefined>>;
}

interface Interest {
  readonly topics: readonly Topic[];
  /** The one subscription or alert that it is about; null: any. */
  readonly id: string | null;
}

/** null: no topic tells when the answer is another. */
function interestOf({ path, query }: Read): Interest | null {
  const [, , list, id] = path.split("/");
  const one = id === undefined ? null : decodeURIComponent(id);
  switch (list) {
    case "deliveries": {
      const { subscription } = query;
      const isOfOne = one === null && subscription !== null && subscription !== undefined && subscription !== "";
      return { topics: ["deliveries", "alerts"], id: isOfOne ? String(subscription) : null };
    }
    case "subscriptions":
      // Figures of a day change with every delivery, and not so that anybody sees it.
      if (query["figures"] === "true") return null;
      return { topics: ["subscriptions", "deliveries"], id: one };
    case "alerts":
      if (one === "open") return { topics: ["subscriptions", "sensors"], id: null };
      return { topics: ["alerts"], id: one === "told" ? null : one };
    case "events":
      // An event never changes.
      return { topics: one === null ? ["events"] : [], id: null };
    case "entries":
      return { topics: ["entries"], id: null };
    case "occupancy":
    case "explain":
      return { topics: ["occupancy"], id: null };
    case "sensors":
      return { topics: ["sensors", "occupancy"], id: null };
    case "building-model":
      return { topics: ["model"], id: null };
    default:
      return null;
  }
}

/** Whether somebody is told when the answer is another. */
export const isTold = (read: Read): boolean => interestOf(read) !== null;

/** Whether the answer may be another since this change. */
export function concerns(read: Read, change: Change): boolean {
  const interest = interestOf(read);
  if (interest === null) return false;
  return interest.topics.some((topic) => {
    const about = change[topic];
    return about === true || (about !== undefined && (interest.id === null || about.includes(interest.id)));
  });
}
