// The matters of which alerts tell: what is wrong now, and what was told of it last. Plain records and their rules; nothing here
// knows who listens. Only what is wrong, or was told a short while ago, is kept.

import type { AlertKind, AlertSubject } from "../model/alert.ts";
import { type AlertPace, type NoticeKind, type ProblemKind, problems } from "./problems.ts";

/** What an alert says of a matter beside its name: by field of the JSON form. */
export type Facts = Readonly<Record<string, string | number | null>>;

/** Whom or what it is about. */
export interface Subject {
  readonly type: AlertSubject;
  /** null: the installation. */
  readonly organization: string | null;
  /** As the operator API calls it. */
  readonly id: string;
  /** Of a subscription: its lane; else 0. */
  readonly number: number;
}

export interface Matter {
  readonly key: string;
  readonly subject: Subject;
  /** What is wrong; null: nothing any more. */
  now: ProblemKind | null;
  /** What was told last; null: its end, or nothing. */
  told: ProblemKind | null;
  /** Monotonic ms: since when it is so, and when a problem was told last. */
  changedAt: number;
  toldAt: number;
  /** Since when it is wrong, epoch ms. */
  since: number;
  facts: Facts;
}

/** Something that has happened once or several times since it was told. */
export interface Notice {
  readonly key: string;
  readonly kind: NoticeKind;
  readonly subject: Subject;
  /** How often since then. */
  count: number;
  toldAt: number;
  at: number;
  facts: Facts;
}

/** What there is to tell of a matter. */
export interface Telling {
  readonly kind: AlertKind;
  readonly isRepeat: boolean;
}

/** A subscription that fails or is disabled is one matter; that its certificate ends is another. */
export const keyOf = (kind: AlertKind, { organization, id }: Pick<Subject, "organization" | "id">): string =>
  `${kind.slice(0, kind.indexOf("."))}\n${organization ?? ""}\n${id}`;

export function newMatter(key: string, subject: Subject, since: number): Matter {
  return { key, subject, now: null, told: null, changedAt: -Infinity, toldAt: -Infinity, since, facts: {} };
}

/** null: nothing is wrong any more. `at` monotonic, `wall` epoch ms. */
export function setProblem(matter: Matter, now: ProblemKind | null, facts: Facts, at: number, wall: number): void {
  if (now !== null || matter.now !== null) matter.facts = facts;
  if (matter.now === now) return;
  if (now !== null) matter.since = wall;
  matter.now = now;
  matter.changedAt = at;
}

/** null: nothing is to be told yet. */
export function toTell(matter: Matter, at: number, { settleMs, windowMs }: AlertPace): Telling | null {
  const { now, told, changedAt, toldAt } = matter;
  if (at - changedAt < settleMs) return null;
  if (now === null) {
    const over = told === null ? null : problems[told].over;
    return over === null ? null : { kind: over, isRepeat: false };
  }
  if (told === now) return at - toldAt < problems[now].againMs ? null : { kind: now, isRepeat: true };
  return told === null && at - toldAt < windowMs ? null : { kind: now, isRepeat: false };
}

export function markTold(matter: Matter, at: number): void {
  matter.told = matter.now;
  if (matter.now !== null) matter.toldAt = at;
}

/** Nothing is left of it that anything hangs on. */
export const isOver = ({ now, told, toldAt }: Matter, at: number, { windowMs }: AlertPace): boolean =>
  now === null && (told === null || problems[told].over === null) && at - toldAt >= windowMs;
