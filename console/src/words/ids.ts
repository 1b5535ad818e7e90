// Ids as people can read them: cut in the middle, since both ends tell them apart.

/** `delivery_3MnS…2XBa` */
export function shortId(id: string): string {
  const cut = id.indexOf("_") + 1;
  const [prefix, rest] = [id.slice(0, cut), id.slice(cut)];
  return rest.length <= 12 ? id : `${prefix}${rest.slice(0, 4)}…${rest.slice(-4)}`;
}

/** `12 kB` */
export function bytes(count: number): string {
  if (count < 1_000) return `${count} B`;
  const [size, unit] = count < 1e6 ? [count / 1e3, "kB"] : count < 1e9 ? [count / 1e6, "MB"] : [count / 1e9, "GB"];
  return `${size < 10 ? size.toFixed(1) : Math.round(size)} ${unit}`;
}
