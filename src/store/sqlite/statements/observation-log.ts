// Statements of the observation log, and of the state of sensing that is folded from it.

import type { LoggedRow } from "../../logged-row.ts";
import type { LogPart, LogPlace, NewObservation, Receipt, SensingState, SubjectState } from "../../acceptance.ts";
import type { Shards } from "../../shards.ts";
import { type EngineContext, plain } from "./engine-context.ts";
import { type IdempotencyKeys, together } from "./idempotency-keys.ts";

export interface ObservationLogOperations {
  appendObservations(observations: readonly NewObservation[]): readonly Receipt[];
  readObservations(position: number, limit: number, part?: LogPart): readonly LoggedRow[];
  countObservations(position: number, shards?: Shards): number;
  readFloor(
    organization: string,
    floor: string,
    from: number,
    until: number,
    limit: number,
    after?: LogPlace,
  ): readonly LoggedRow[];
  readSensingState(shards?: Shards): SensingState;
}

export function createObservationLog(context: EngineContext, { remember }: IdempotencyKeys): ObservationLogOperations {
  const insert = context.prepare("insert into observation values (?, ?, ?, ?, ?, ?, ?, ?)");
  const columns =
    "select o.position, g.id as organization, o.accepted_at as acceptedAt, o.body, o.trace from observation o" +
    " join organization g on g.number = o.organization";
  const read = context.prepare(`${columns} where o.position > ? and o.position <= ? order by o.position limit ?`);
  const readFloor = context.prepare(
    `${columns} where o.organization = ? and o.floor = ? and o.at >= ? and o.at < ? and (o.at, o.position) > (?, ?)` +
      " order by o.at, o.position limit ?",
  );
  const subjects = context.prepare(
    "select g.id as organization, s.key, s.value from subject s join organization g on g.number = s.organization" +
      " order by s.organization, s.key",
  );

  const logOne = (each: NewObservation, organization: number, alone: boolean): Receipt => {
    const kind = context.kind("", each.kind);
    if (each.idempotencyKey !== null) {
      const seen = remember(organization, kind, each.idempotencyKey, each.acceptedAt, alone);
      if (seen !== "new") return { status: seen };
    }
    const number = context.last.observation + 1;
    const { floor, body, trace = null } = each;
    insert.run(number, organization, kind, floor, Math.floor(each.at), Math.floor(each.acceptedAt), body, trace);
    context.last.observation = number;
    return { status: "accepted", number };
  };

  return {
    appendObservations(observations) {
      const organizations = observations.map(({ organization }) => context.organization(organization).number);
      const alone = observations.length < together * new Set(organizations).size;
      return observations.map((each, index) => logOne(each, organizations[index]!, alone));
    },
    readObservations(position, limit, part) {
      if (part !== undefined) assertAll(part.shards);
      const upTo = part?.isFolded === true ? folded(context) : Number.MAX_SAFE_INTEGER;
      return read.all(position, upTo, limit).map(plain) as LoggedRow[];
    },
    // Here they follow each other without holes.
    countObservations(position, shards = "all") {
      assertAll(shards);
      return Math.max(context.last.observation - position, 0);
    },
    readFloor(organization, floor, from, until, limit, after = { at: -1, position: 0 }) {
      const { number } = context.organization(organization);
      const first = Math.max(from, after.at);
      return readFloor
        .all(number, floor, first, until, Math.floor(after.at), after.position, limit)
        .map(plain) as LoggedRow[];
    },
    readSensingState(shards = "all") {
      assertAll(shards);
      return {
        position: folded(context),
        rereadFrom: rereadFrom(context),
        subjects: subjects.all().map(plain) as SubjectState[],
      };
    },
  };
}

function assertAll(shards: Shards): void {
  if (shards !== "all") throw new Error("the owner of this database owns all shards, not some");
}

const folded = (context: EngineContext): number => Number(context.meta("fold") ?? 0);

/** Observations up to this position are not read any more. A database that schema 7 has not written to yet does not say it:
 * its sensing read nothing twice. */
export const rereadFrom = (context: EngineContext): number =>
  Math.min(Number(context.meta("fold_reread") ?? Infinity), folded(context));
