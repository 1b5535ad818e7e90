// The operation in a request: of a POST its body, of a GET its query [GraphQL over HTTP §5]. Pure.

export interface Operation {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationName: string | undefined;
}

/** The operation, or a sentence about what is wrong with it. */
export function operationOf(body: unknown): Operation | string {
  if (Array.isArray(body)) return "Send one operation per request; batches are not offered.";
  if (!isObject(body)) return "The body must be a JSON object with the text `query`.";
  const { query, variables, operationName, extensions } = body;
  if (typeof query !== "string" || query === "") return "The body must have the text `query`.";
  if (!isOptional(variables, isObject)) return "`variables` must be a JSON object.";
  if (!isOptional(extensions, isObject)) return "`extensions` must be a JSON object.";
  if (!isOptional(operationName, isText)) return "`operationName` must be a text.";
  return { query, variables: variables ?? {}, operationName: operationName ?? undefined };
}

/** `search` is the query of the address, decoded. */
export function operationOfQuery(search: Readonly<Record<string, unknown>>): Operation | string {
  const given = (name: string): unknown => (search[name] === "" ? undefined : search[name]);
  const parts: Record<string, unknown> = { query: given("query"), operationName: given("operationName") };
  for (const name of ["variables", "extensions"]) {
    const text = given(name);
    try {
      parts[name] = typeof text === "string" ? (JSON.parse(text) as unknown) : text;
    } catch {
      return `\`${name}\` must be a JSON object.`;
    }
  }
  if (typeof parts["query"] !== "string") return "The address must have the text `query`, once.";
  return operationOf(parts);
}

const isOptional = <Kind>(value: unknown, is: (value: unknown) => value is Kind): value is Kind | null | undefined =>
  value === undefined || value === null || is(value);

const isText = (value: unknown): value is string => typeof value === "string";

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
