// A delivery: one event owed to one subscription. `pending` and `held` are owed still, the others are final. `superseded`: a newer
// state of its subject took its place before it went out.

export const deliveryStates = [
  "pending",
  "held",
  "delivered",
  "exhausted",
  "cancelled",
  "expired",
  "superseded",
] as const;
export type DeliveryState = (typeof deliveryStates)[number];

/** In which order the deliveries of a lane go: what happens now, then what failed once or was resent by hand, then what a
 * bulk replay owes again. */
export const deliveryClasses = ["live", "retry", "replay"] as const;
export type DeliveryClass = (typeof deliveryClasses)[number];

/** The class of a delivery after a failed attempt: a replay stays one, so that it never comes before what happens now. */
export const classAfterFailure = (before: DeliveryClass): DeliveryClass => (before === "replay" ? "replay" : "retry");

/** Deliveries are named by their number: `delivery_123`. */
export const deliveryId = (number: number): string => `delivery_${number}`;

/** The number in `delivery_123`, or null when it is not of that form. */
export function deliveryNumber(id: string): number | null {
  const digits = /^delivery_([1-9]\d{0,15})$/.exec(id)?.[1];
  return digits === undefined ? null : Number(digits);
}
