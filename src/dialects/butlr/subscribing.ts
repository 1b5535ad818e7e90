// Webhooks by the rules of Butlr's API, for whoever makes and changes them elsewhere: an organization takes each type once. Pure.

import type { Problem } from "../../errors.ts";
import type { Subscription } from "../../model/subscription.ts";
import type { Around, Subscribing, Wanted } from "../subscribing.ts";
import { doubleTypes } from "./conflicts.ts";
import { filterProblems } from "./filters.ts";
import { typeProblems } from "./input.ts";
import { eventTypeNames, firstName, isEventType } from "./types.ts";
import { filtered } from "./webhooks.ts";

/** `newId`: a fresh `webhook_…`. */
export const createSubscribing = (newId: () => string): Subscribing => ({
  scopes: ["organization"],
  hasCredentials: true,
  id: newId,
  take,
  full: () => null,
});

function take(before: Subscription, wanted: Wanted, { others }: Around): Subscription | readonly Problem[] {
  const { types, filters, sendOnValueChange } = wanted;
  const names = types?.map(({ type }) => type);
  const problems = [
    ...typeProblems(names, "types"),
    ...(types ?? []).flatMap((each, index) => foreign(each, `types[${index}]`)),
    ...filterProblems(filters, "filters"),
  ];
  if (problems.length > 0) return problems;
  const next: Subscription = {
    ...before,
    ...(names && { bindings: names.map((type) => ({ type: firstName(type), variant: 0, resource: null })) }),
    ...(filters === undefined ? {} : filtered(filters)),
    sendOnValueChange: sendOnValueChange ?? before.sendOnValueChange,
  };
  const held = names === undefined ? [] : doubleTypes(others, [next], () => next.id);
  return held.length > 0 ? held.map((each) => ({ ...each, path: "types" })) : next;
}

function foreign({ type, resource }: NonNullable<Wanted["types"]>[number], path: string): readonly Problem[] {
  const fault = (message: string): Problem => ({ path, code: "INVALID", message });
  if (!isEventType(firstName(type))) {
    return [fault(`is no event type of Butlr: ${JSON.stringify(type)}. There are ${eventTypeNames.join(", ")}.`)];
  }
  return resource === null
    ? []
    : [fault("can name no record: webhooks take a type of all places. Narrow them by `filters`.")];
}
