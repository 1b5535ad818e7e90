// Parts of building models at a limit. `name` makes each a change of the one before.

export const many = <Item>(count: number, make: (n: number) => Item): Item[] =>
  Array.from({ length: count }, (_, n) => make(n));

/** A star: no corner lies on a line between others. */
const outline = (corners: number, x: number): readonly (readonly number[])[] =>
  many(corners, (n) => {
    const [angle, far] = [(2 * Math.PI * n) / corners, n % 2 === 0 ? 50 : 40];
    return [x + far * Math.cos(angle), far * Math.sin(angle)];
  });

/** 200 rooms of 1,000 corners. */
export const floorOfOutlines = (name: string): object => ({
  id: "f",
  name: "F",
  rooms: many(200, (r) => ({ id: `r${r}`, name, coordinates: outline(1_000, r * 120) })),
});

/** 60,000 of them, in two time zones. */
export const manySites = (name: string): readonly object[] =>
  many(60_000, (n) => ({ id: `s${n}`, name, timezone: n % 2 === 0 ? "America/Los_Angeles" : "Europe/Berlin" }));
