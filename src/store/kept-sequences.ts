// How the number of a delivery in its lane is stored: a delivery that repeats an earlier one keeps its number, as a negative one.

/** How a delivery that repeats an earlier one stores its number. */
export const kept = (sequence: number | null): number | null => (sequence === null ? null : -Math.abs(sequence));

/** The number that a stored one means, whether it was given or kept. */
export const shown = (sequence: number | null): number | null => (sequence === null ? null : Math.abs(sequence));
