// An observation as engines of the store keep it: its body is parsed by whoever reads it.

import type { LoggedObservation, Observation } from "../model/observation.ts";

export interface LoggedRow {
  readonly position: number;
  readonly organization: string;
  readonly acceptedAt: number;
  readonly body: string;
  readonly trace: string | null;
}

export function observationOf({ position, organization, acceptedAt, body, trace }: LoggedRow): LoggedObservation {
  const logged = { position, organization, acceptedAt, observation: JSON.parse(body) as Observation };
  return trace === null ? logged : { ...logged, trace };
}
