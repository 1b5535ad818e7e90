// In which media type an answer goes out [GraphQL over HTTP §6.1]. Pure.

export const graphqlType = "application/graphql-response+json";
export type AnswerType = typeof graphqlType | "application/json";

/** Null: the client takes neither. The newer type wherever it is listed: only clients that know it list it. */
export function answerType(accept: string | undefined): AnswerType | null {
  const listed = (accept ?? "*/*")
    .toLowerCase()
    .split(",")
    .filter((range) => !/;\s*q=0(?:\.0*)?\s*(?:;|$)/.test(range) && !/;\s*charset=(?!"?utf-?8"?\s*(?:;|$))/.test(range))
    .map((range) => range.split(";", 1)[0]!.trim());
  if (listed.includes(graphqlType)) return graphqlType;
  const anything = ["application/json", "application/*", "*/*"];
  return listed.some((type) => anything.includes(type)) ? "application/json" : null;
}
