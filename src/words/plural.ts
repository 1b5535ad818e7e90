// A number of things, in words.

/** `1 delivery`, `1,200 deliveries` */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? one : many}`;
}
