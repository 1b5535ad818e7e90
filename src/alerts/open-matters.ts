// What is wrong at the moment, in memory: told by listeners where it happens, told on by teller.ts. At most one record for each
// subscription, sensor and hive that something is wrong with; nothing is kept of those that are well.

import type { Clock } from "../clock.ts";
import { isOver, keyOf, type Facts, type Matter, newMatter, type Notice, setProblem, type Subject } from "./matters.ts";
import type { AlertPace, NoticeKind, ProblemKind } from "./problems.ts";

export interface OpenMatters {
  /** `kind` is wrong with it from now on. */
  open(kind: ProblemKind, subject: Subject, facts: Facts): void;
  /** Neither `kind` nor another of its matter is wrong any more; nothing happens where none was. */
  close(kind: ProblemKind, subject: Subject, facts?: Facts): void;
  /** It has happened once more. */
  note(kind: NoticeKind, subject: Subject, facts: Facts): void;
  get(key: string): Matter | undefined;
  /** Forgets the matter: nobody is told of its end. */
  forget(matter: Matter | Notice): void;
  /** Takes up what an earlier process has told. */
  restore(matter: Matter): void;
  matters(): Iterable<Matter>;
  notices(): Iterable<Notice>;
  /** Forgets what is over. Returns whether anything is left. */
  tidy(): boolean;
  clear(): void;
}

export function createOpenMatters(
  clock: Pick<Clock, "now" | "monotonic">,
  pace: AlertPace,
  onNews: () => void,
): OpenMatters {
  const matters = new Map<string, Matter>();
  const notices = new Map<string, Notice>();

  return {
    open(kind, subject, facts) {
      const key = keyOf(kind, subject);
      let matter = matters.get(key);
      if (matter === undefined) matters.set(key, (matter = newMatter(key, subject, clock.now())));
      setProblem(matter, kind, facts, clock.monotonic(), clock.now());
      onNews();
    },
    close(kind, subject, facts = {}) {
      const matter = matters.get(keyOf(kind, subject));
      if (matter === undefined) return;
      setProblem(matter, null, facts, clock.monotonic(), clock.now());
      onNews();
    },
    note(kind, subject, facts) {
      const key = `${kind}\n${subject.organization ?? ""}\n${subject.id}`;
      let notice = notices.get(key);
      const at = clock.now();
      if (notice === undefined) {
        notices.set(key, (notice = { key, kind, subject, count: 0, toldAt: -Infinity, at, facts }));
      }
      if (notice.count++ === 0) notice.at = at;
      notice.facts = facts;
      onNews();
    },
    get: (key) => matters.get(key),
    forget({ key }) {
      matters.delete(key);
      notices.delete(key);
    },
    restore: (matter) => void matters.set(matter.key, matter),
    matters: () => matters.values(),
    notices: () => notices.values(),
    tidy() {
      const at = clock.monotonic();
      for (const matter of matters.values()) if (isOver(matter, at, pace)) matters.delete(matter.key);
      for (const { key, count, toldAt } of notices.values()) {
        if (count === 0 && at - toldAt >= pace.windowMs) notices.delete(key);
      }
      return matters.size > 0 || notices.size > 0;
    },
    clear() {
      matters.clear();
      notices.clear();
    },
  };
}
