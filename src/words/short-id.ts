// Ids as people can read them: cut in the middle, since both ends tell them apart.

/** `delivery_3MnS…2XBa` */
export function shortId(id: string): string {
  const cut = id.indexOf("_") + 1;
  const [prefix, rest] = [id.slice(0, cut), id.slice(cut)];
  return rest.length <= 12 ? id : `${prefix}${rest.slice(0, 4)}…${rest.slice(-4)}`;
}
