// Reads ready-made events: the vendor's envelope, addressed by the query of the request or by what the data names. The
// text stays as it is; reading only finds out the type, the time, the place and whom it concerns.

import { severalHomes } from "../../../auth/authorize.ts";
import { readMoment } from "../../../model/moment.ts";
import type { Dialect } from "../../dialect.ts";
import { compose } from "../compose.ts";
import { type Entitled, eventOf } from "../payload.ts";
import { accessLogName, pairOf, types } from "../types.ts";
import { toFact } from "./fact.ts";
import { type AccessFields, type CallFields, readAccess, readCall } from "./fields.ts";
import { inputIdOf, statusIdOf } from "./input-id.ts";
import { entryFrom, statusOf } from "./kept-entry.ts";
import { type EventMembers, members } from "./members.ts";
import { locate, misplaced } from "./place.ts";
import { rejected, type Rejection } from "./rejection.ts";

/** Whom the query of the request names wins over what the data names. */
export function createRead(entitled: Entitled): Dialect["read"] {
  return async (text, value, { addressee, place, newId, now }) => {
    const said = parse(value, now);
    if ("code" in said) return said;
    const { type, data, fields, at, sourceId, inputId } = said;
    const located = await locate(addressee, data, place);
    if (located === null) {
      return rejected(
        "UNKNOWN_BUILDING",
        "No building of yours is named. Add building=ID to the query, or put the building or its access point into the model.",
      );
    }
    if (located === "several") {
      return rejected("ORGANIZATION_REQUIRED", severalHomes("building or access point of this id"));
    }
    const objection = misplaced(located, addressee, data, fields);
    if (objection !== null) return objection;
    const fact = toFact(type, fields, located.id, at, addressee);
    const kept = type === "call.status_update" ? statusOf : entryFrom;
    return {
      status: "read",
      organization: located.building.organization.id,
      event: eventOf(fact, located.building, text, newId, entitled),
      inputId,
      entry: kept(fact, located.building, { value, data, sourceId, now }),
      // Whoever bound both names of one entry passes it on twice.
      ...(said.isDoorRelease ? { content: compose(text, accessLogName) } : {}),
    };
  };
}

/** What the envelope says by itself. */
interface Said {
  readonly type: string;
  readonly isDoorRelease: boolean;
  readonly data: EventMembers;
  readonly fields: AccessFields | CallFields;
  /** Epoch ms. */
  readonly at: number;
  /** The sender's id. */
  readonly sourceId: string | null;
  readonly inputId: string | null;
}

function parse(value: unknown, now: number): Said | Rejection {
  const event = members(members(value)?.["event"]);
  const data = members(event?.["data"]);
  if (event === undefined || data === undefined) {
    return rejected("INVALID_EVENT", 'Send {"event":{"resource_type":…,"action":…,"data":{…}}}.');
  }
  const type = pairOf(event["resource_type"], event["action"])?.type;
  if (type === undefined || !types.some((known) => known === type)) {
    return rejected(
      "UNKNOWN_EVENT_TYPE",
      "event.resource_type must be access_log or door_release, and event.action create; or call, and create or status_update.",
    );
  }
  const faults: string[] = [];
  const fields = type.startsWith("call.") ? readCall(data, members(value)?.["user"], faults) : readAccess(data, faults);
  // Without one, the entry is as old as its arrival.
  const at = readMoment(data["logged_at"] ?? now, now);
  const sourceId = inputIdOf(data, faults);
  const inputId = type === "call.status_update" ? statusIdOf(sourceId, data["status"], faults) : sourceId;
  if (typeof at !== "number") {
    if (at.code !== "BAD_TIME") return rejected(at.code, `event.data.logged_at ${at.says}`);
    // Each fault ends in the period of the whole sentence.
    faults.push(`event.data.logged_at ${at.says.replace(/\.$/, "")}`);
    return rejected("INVALID_EVENT", `${faults.join("; ")}.`);
  }
  if (faults.length > 0) return rejected("INVALID_EVENT", `${faults.join("; ")}.`);
  return { type, isDoorRelease: event["resource_type"] === "door_release", data, fields, at, sourceId, inputId };
}
