// Hints to other nodes that something is new. They are gathered, so that there are a few in a second whatever happens, and may get
// lost: everybody looks by itself as well.

import type { Cancel, Clock } from "../clock.ts";
import type { Service } from "../service.ts";
import type { NodeStore } from "../store/nodes.ts";

export interface Hints extends Service {
  /** The first at once, others together a moment later. */
  send(text: string): void;
}

const gatherMs = 100;
const longest = 4_000;

export function createHints(
  store: Pick<NodeStore, "hint" | "listen">,
  clock: Pick<Clock, "after">,
  node: string,
  onHints: (hints: readonly string[]) => void,
): Hints {
  const gathered = new Set<string>();
  let cancel: Cancel | null = null;
  let end: (() => Promise<void>) | null = null;

  function sendAll(): void {
    if (gathered.size === 0) return void (cancel = null);
    const text = [node, ...gathered].join(" ");
    gathered.clear();
    cancel = clock.after(gatherMs, sendAll);
    if (text.length < longest) store.hint(text).catch(() => {});
  }

  return {
    send(text) {
      if (end === null) return;
      gathered.add(text);
      if (cancel === null) sendAll();
    },
    async start() {
      end = store.listen((text) => {
        const [from, ...hints] = text.split(" ");
        if (from !== node) onHints(hints);
      });
    },
    async stop() {
      cancel?.();
      const ending = end;
      end = null;
      await ending?.();
    },
  };
}
