// Statements of the observation log, of the ids that senders gave, and of what the fold remembers.

import type { InputId, NewObservation, Receipt, SubjectState } from "../ledger.ts";
import { type Desk, plain } from "./desk.ts";

/** An observation as it lies in the log; the body is parsed outside the engine. */
export interface LoggedRow {
  readonly position: number;
  readonly organization: string;
  readonly acceptedAt: number;
  readonly body: string;
}

export interface LogVerbs {
  log(observations: readonly NewObservation[]): readonly Receipt[];
  readLog(position: number, limit: number): readonly LoggedRow[];
  readFloor(organization: string, floor: string, from: number, until: number, limit: number): readonly LoggedRow[];
  readFold(): { readonly position: number; readonly subjects: readonly SubjectState[] };
}

/** `new`: never seen, and remembered now. */
export type Seen = "new" | "duplicate" | "reused";
export type Remember = (organization: number, kind: number, input: InputId, at: number) => Seen;

const dayMs = 86_400_000;
export const dayOf = (at: number): number => Math.floor(at / dayMs);

export function createRemember(desk: Desk): Remember {
  const insert = desk.prepare(
    "insert or ignore into input_id (organization, kind, id, hash, day) values (?, ?, ?, ?, ?)",
  );
  const find = desk.prepare("select hash from input_id where organization = ? and kind = ? and id = ?");
  return (organization, kind, { id, hash }, at) => {
    if (insert.run(organization, kind, id, hash, dayOf(at)).changes === 1) return "new";
    return find.get(organization, kind, id)?.["hash"] === hash ? "duplicate" : "reused";
  };
}

export function createLog(desk: Desk, remember: Remember): LogVerbs {
  const insert = desk.prepare("insert into observation values (?, ?, ?, ?, ?, ?, ?)");
  const columns =
    "select o.position, g.id as organization, o.accepted_at as acceptedAt, o.body from observation o" +
    " join organization g on g.number = o.organization";
  const read = desk.prepare(`${columns} where o.position > ? order by o.position limit ?`);
  const readFloor = desk.prepare(
    `${columns} where o.organization = ? and o.floor = ? and o.at >= ? and o.at < ? order by o.position limit ?`,
  );
  const subjects = desk.prepare(
    "select g.id as organization, s.key, s.value from subject s join organization g on g.number = s.organization" +
      " order by s.organization, s.key",
  );

  const logOne = (each: NewObservation, organization: number): Receipt => {
    const kind = desk.kind("", each.kind);
    if (each.input !== null) {
      const seen = remember(organization, kind, each.input, each.acceptedAt);
      if (seen !== "new") return { status: seen };
    }
    const number = desk.last.observation + 1;
    insert.run(number, organization, kind, each.floor, Math.floor(each.at), Math.floor(each.acceptedAt), each.body);
    desk.last.observation = number;
    return { status: "accepted", number };
  };

  return {
    log(observations) {
      const organizations = observations.map(({ organization }) => desk.organization(organization).number);
      return observations.map((each, index) => logOne(each, organizations[index]!));
    },
    readLog: (position, limit) => read.all(position, limit).map(plain) as LoggedRow[],
    readFloor(organization, floor, from, until, limit) {
      const { number } = desk.organization(organization);
      return readFloor.all(number, floor, from, until, limit).map(plain) as LoggedRow[];
    },
    readFold: () => ({
      position: Number(desk.meta("fold") ?? 0),
      subjects: subjects.all().map(plain) as SubjectState[],
    }),
  };
}
