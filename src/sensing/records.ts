// What sensing must remember across restarts: typed records by name and id. They live in memory as values that are replaced
// and never changed; whoever commits asks for the texts of those that were replaced since, so an observation pays for no JSON.

export interface Records<Shape extends object> {
  get(id: string): Shape | undefined;
  set(id: string, value: Shape): void;
  delete(id: string): void;
  entries(): Iterable<readonly [id: string, value: Shape]>;
}

export interface RecordChange {
  /** `name:id` */
  readonly key: string;
  /** JSON text; null removes the record. */
  readonly value: string | null;
}

/** All records of one organization. */
export interface SensingRecords {
  /** No two kinds of records may have the same name. */
  of<Shape extends object>(name: string): Records<Shape>;
  hasChanges(): boolean;
  /** Everything that was set or deleted since the last call. */
  changes(): RecordChange[];
}

/** `stored`: what earlier changes left behind, by key. Records of a name that nobody asks for stay as they are. */
export function createRecords(stored: Iterable<readonly [key: string, value: string]>): SensingRecords {
  const kinds = new Map<string, Map<string, object>>();
  const changed = new Map<string, object | null>();

  const kindOf = (name: string): Map<string, object> => {
    let kind = kinds.get(name);
    if (kind === undefined) kinds.set(name, (kind = new Map()));
    return kind;
  };

  for (const [key, value] of stored) {
    const colon = key.indexOf(":");
    kindOf(key.slice(0, colon)).set(key.slice(colon + 1), JSON.parse(value) as object);
  }

  return {
    of<Shape extends object>(name: string): Records<Shape> {
      const kind = kindOf(name) as Map<string, Shape>;
      return {
        get: (id) => kind.get(id),
        set(id, value) {
          kind.set(id, value);
          changed.set(`${name}:${id}`, value);
        },
        delete(id) {
          if (kind.delete(id)) changed.set(`${name}:${id}`, null);
        },
        entries: () => kind.entries(),
      };
    },
    hasChanges: () => changed.size > 0,
    changes() {
      const texts = [...changed].map(([key, value]) => ({ key, value: value === null ? null : JSON.stringify(value) }));
      changed.clear();
      return texts;
    },
  };
}
