// A delivery: one event owed to one subscription. `pending` and `held` are owed still, the others are final.

export const deliveryStates = ["pending", "held", "delivered", "exhausted", "cancelled", "expired"] as const;
export type DeliveryState = (typeof deliveryStates)[number];

/** Deliveries are named by their number: `delivery_123`. */
export const deliveryId = (number: number): string => `delivery_${number}`;

/** The number in `delivery_123`, or null when it is not of that form. */
export function deliveryNumber(id: string): number | null {
  const digits = /^delivery_([1-9]\d{0,15})$/.exec(id)?.[1];
  return digits === undefined ? null : Number(digits);
}
