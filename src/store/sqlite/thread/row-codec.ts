// Packs rows into one flat array of plain values, and back: the structured clone between the threads copies that four
// times faster than a tree of objects. A row is one list of its fields; packing and unpacking both follow from it.

type Plain = string | number | boolean | null | Uint8Array;

/** The values of many rows, one after another. */
export type Flat = Plain[];

/** Reads a flat array from its start to its end. */
export interface Cursor {
  readonly flat: Readonly<Flat>;
  at: number;
}

/** How one value is written to the end of a flat array, and read back from where the cursor is. */
export interface Codec<Value> {
  write(this: void, flat: Flat, value: Value): void;
  read(this: void, cursor: Cursor): Value;
}

/** A value that is written as it is. */
export const plain = "plain";

type Fields<Row> = {
  readonly [Name in keyof Row]: Row[Name] extends Plain ? Codec<Row[Name]> | typeof plain : Codec<Row[Name]>;
};

/** The row with exactly these fields. Its two functions are compiled, as if written by hand: a loop over the names of the
 * fields takes five times as long, since no read of a property in it can be optimized for one shape of object. */
export function row<Row>(fields: Fields<Row>): Codec<Row> {
  const names = Object.keys(fields) as (keyof Row & string)[];
  const write = names.map((name) =>
    fields[name] === plain ? `flat.push(row.${name});` : `fields.${name}.write(flat, row.${name});`,
  );
  const read = names.map((name) =>
    fields[name] === plain ? `${name}: cursor.flat[cursor.at++],` : `${name}: fields.${name}.read(cursor),`,
  );
  // oxlint-disable-next-line typescript/no-implied-eval -- of the names in rows.ts alone, never of anything received
  return new Function(
    "fields",
    `return { write(flat, row) { ${write.join(" ")} }, read(cursor) { return { ${read.join(" ")} }; } };`,
  )(fields) as Codec<Row>;
}

export function listOf<Item>({ write, read }: Codec<Item>): Codec<readonly Item[]> {
  return {
    write(flat, items) {
      flat.push(items.length);
      for (const each of items) write(flat, each);
    },
    read(cursor) {
      const items: Item[] = [];
      for (let left = cursor.flat[cursor.at++] as number; left > 0; left--) items.push(read(cursor));
      return items;
    },
  };
}

export function orNull<Value>({ write, read }: Codec<Value>): Codec<Value | null> {
  return {
    write(flat, value) {
      flat.push(value !== null);
      if (value !== null) write(flat, value);
    },
    read: (cursor) => (cursor.flat[cursor.at++] === true ? read(cursor) : null),
  };
}

export function pack<Value>({ write }: Codec<Value>, value: Value): Flat {
  const flat: Flat = [];
  write(flat, value);
  return flat;
}

export const unpack = <Value>({ read }: Codec<Value>, flat: Flat): Value => read({ flat, at: 0 });
