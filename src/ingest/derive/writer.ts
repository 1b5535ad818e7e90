// Writes what sensing concluded, with what it must remember and how far it got: until it is written, since sensing has gone on in
// memory. Whatever the store would refuse for ever is logged and left out, or nothing would ever be written again.

import { BelfryError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import type { EngineEvents } from "../../model/engine-events.ts";
import { isMinute } from "../../model/minute.ts";
import type { Organizations } from "../../organizations/organizations.ts";
import type { FoldProgress } from "../../store/acceptance.ts";
import { OwnershipLost } from "../../store/ownership.ts";
import type { Epoch } from "../../store/shards.ts";
import type { Clock } from "../../clock.ts";
import type { Conclusion, Sensings } from "./sensings.ts";
import { type Said, tellChanges } from "./tell-changes.ts";
import { type WriteDeps, writeConclusions } from "./write-conclusions.ts";

/** One call of the store holds its writer: it ends with the conclusion that brings it to so many. */
export const enoughConclusions = 2_000;

export interface WriterDeps extends Omit<WriteDeps, "now" | "leftOut"> {
  readonly organizations: Organizations;
  readonly clock: Pick<Clock, "now">;
  readonly log: Log;
  readonly events?: EngineEvents;
  readonly epoch: () => Epoch;
  readonly sensings: Pick<Sensings, "known">;
  /** See FoldProgress. */
  readonly rereadFrom: () => number;
  readonly isStopping: () => boolean;
  /** Before it tries again. */
  readonly pause: () => Promise<void>;
  readonly report: (error: unknown) => void;
}

export interface Writer {
  /** With all changes of the organizations `touched`, which so many `observations` up to the position `upTo` in the log led to.
   * False: not before the stop. Throws OwnershipLost. */
  write(
    conclusions: readonly Conclusion[],
    touched: Iterable<string>,
    observations: number,
    upTo: number,
  ): Promise<boolean>;
  /** Events that were not stored because nobody takes their type. */
  unstored(): number;
}

export function createWriter(deps: WriterDeps): Writer {
  const { log, events, organizations, sensings } = deps;
  let unstored = 0;

  const leftOut = ({ organization, fact }: Conclusion, err: unknown): void =>
    log.error("sensing.left_out", { err, organization, fact }, "A fact made no event.");

  function progressOf(touched: Iterable<string>, upTo: number): { progress: FoldProgress; said: Said } {
    const said: Said = { lost: [], tooLate: 0 };
    const subjects: FoldProgress["subjects"][number][] = [];
    const minutes: FoldProgress["minutes"][number][] = [];
    for (const organization of touched) {
      const changes = sensings.known(organization)?.changes();
      for (const change of changes?.records ?? []) subjects.push({ organization, ...change });
      for (const minute of changes?.minutes ?? []) {
        if (isMinute(minute)) minutes.push({ organization, ...minute });
        else log.error("sensing.left_out", { organization, minute }, "A minute cannot be stored.");
      }
      for (const space of changes?.lost ?? []) said.lost.push({ organization, ...space });
      said.tooLate += changes?.tooLate ?? 0;
    }
    const rereadFrom = deps.rereadFrom();
    return { progress: { epoch: deps.epoch(), position: upTo, rereadFrom, subjects, minutes, entries: [] }, said };
  }

  /** The store refuses everything that it is told of an organization that does not exist. */
  async function withoutGone(progress: FoldProgress): Promise<FoldProgress> {
    const gone = new Set<string>();
    for (const organization of new Set([...progress.subjects, ...progress.minutes].map((each) => each.organization))) {
      if ((await organizations.reload(organization)) === null) gone.add(organization);
    }
    const stays = ({ organization }: { readonly organization: string }): boolean => !gone.has(organization);
    return { ...progress, subjects: progress.subjects.filter(stays), minutes: progress.minutes.filter(stays) };
  }

  return {
    async write(conclusions, touched, observations, upTo) {
      const { progress: first, said } = progressOf(touched, upTo);
      let progress = first;
      let wasRefused = false;
      for (let isRefused = false; ; ) {
        try {
          if (isRefused) progress = await withoutGone(progress);
          isRefused = false;
          const written = await writeConclusions(
            { ...deps, now: () => deps.clock.now(), leftOut },
            conclusions,
            progress,
          );
          if (written !== null) {
            unstored += written.unstored;
            if (observations > 0 || written.events > 0) events?.folded?.(observations, written.events);
            if (events !== undefined) tellChanges(events, conclusions, said);
            return true;
          }
        } catch (error) {
          if (error instanceof OwnershipLost) throw error;
          const isGone = error instanceof BelfryError && error.code === "NOT_FOUND";
          // An organization that was removed meanwhile is nothing to report; one that is still refused then is.
          if (!isGone || wasRefused) {
            deps.report(error);
            await deps.pause();
          }
          isRefused ||= isGone;
          wasRefused ||= isGone;
        }
        if (deps.isStopping()) return false;
      }
    },
    unstored: () => unstored,
  };
}
