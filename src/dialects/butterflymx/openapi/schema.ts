// The few forms of JSON Schema that the documents of this dialect are made of. Pure.

export type Schema = Readonly<Record<string, unknown>>;

export const text: Schema = { type: "string" };
export const integer: Schema = { type: "integer" };
export const flag: Schema = { type: "boolean" };
export const moment: Schema = { type: "string", format: "date-time" };
/** A number of the vendor's kind, or the operator's own id where there is none. */
export const reference: Schema = { type: ["integer", "string"] };

export const orNull = (schema: Schema): Schema =>
  schema["type"] === undefined || schema["enum"] !== undefined || schema["const"] !== undefined
    ? { anyOf: [schema, { type: "null" }] }
    : { ...schema, type: [schema["type"], "null"].flat() };

export const list = (items: Schema): Schema => ({ type: "array", items });
export const oneOf = (...values: readonly string[]): Schema => ({ type: "string", enum: values });
export const only = (value: string): Schema => ({ type: "string", const: value });
export const told = (schema: Schema, description: string): Schema => ({ ...schema, description });
export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

/** Every member is there, but for `sometimes`. */
export function object(properties: Readonly<Record<string, Schema>>, sometimes: readonly string[] = []): Schema {
  const required = Object.keys(properties).filter((name) => !sometimes.includes(name));
  return { type: "object", ...(required.length > 0 ? { required } : {}), properties };
}

/** None of the members has to be there but those that are `needed`. */
export const open = (properties: Readonly<Record<string, Schema>>, needed: readonly string[] = []): Schema => ({
  type: "object",
  ...(needed.length > 0 ? { required: needed } : {}),
  properties,
});

/** One record: `{"data": …}`. */
export const one = (name: string): Schema => object({ data: ref(name) });
/** A page of records: `{"data": […], "page_info": …}`. */
export const page = (name: string): Schema => object({ data: list(ref(name)), page_info: ref("PageInfo") });
