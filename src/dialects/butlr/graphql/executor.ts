// Runs an operation and writes its answer as text, field after field, a slice at a time. A tree of the answer, as graphql-js
// makes one, would take fifteen times the memory of its text and be made in one go. A test holds it to graphql-js.

import {
  type DocumentNode,
  defaultFieldResolver,
  type FragmentDefinitionNode,
  getVariableValues,
  GraphQLError,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  isLeafType,
  Kind,
  type OperationDefinitionNode,
} from "graphql";
import { type AnswerText, createAnswerText } from "../../../http/answer-text.ts";
import { type PlannedField, planSelection } from "./plan.ts";
import { TooMuch, type Work } from "./work.ts";

export interface Execution {
  readonly schema: GraphQLSchema;
  /** Valid against the schema. */
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly context: unknown;
  readonly work: Work;
}

export type Executed =
  /** The variables do not fit; nothing ran. */
  | { readonly status: "refused"; readonly errors: readonly GraphQLError[] }
  /** `data` is the text of a JSON value, in UTF-8. */
  | { readonly status: "done"; readonly data: readonly Buffer[]; readonly errors: readonly GraphQLError[] };

/** More say nothing new. */
const mostErrors = 100;

/** Throws TooMuch where the answer grows too large. */
export async function execute(execution: Execution): Promise<Executed> {
  const { schema, document, operation } = execution;
  const given = getVariableValues(schema, operation.variableDefinitions ?? [], execution.variables, { maxErrors: 10 });
  if (given.errors !== undefined) return { status: "refused", errors: given.errors };
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const each of document.definitions) {
    if (each.kind === Kind.FRAGMENT_DEFINITION) fragments.set(each.name.value, each);
  }
  const root = schema.getRootType(operation.operation)!;
  const selection = planSelection({ schema, fragments, variables: given.coerced }, root, [operation.selectionSet]);
  const text = createAnswerText();
  const writer = createWriter(execution, text);
  try {
    await writer.object(undefined, selection);
  } catch (error) {
    if (!(error instanceof Located)) throw error;
    writer.note(error);
    text.rewind({ pieces: 0, length: 0 });
    text.write("null");
  }
  return { status: "done", data: text.pieces(), errors: writer.errors };
}

/** An error that has found its place and makes null of everything around it, up to what may be null. */
class Located extends Error {
  readonly error: GraphQLError;

  constructor(error: GraphQLError) {
    super(error.message);
    this.error = error;
  }
}

interface Writer {
  object(source: unknown, selection: readonly PlannedField[]): Promise<void>;
  note(error: Located): void;
  readonly errors: readonly GraphQLError[];
}

function createWriter({ schema, context, work }: Execution, text: AnswerText): Writer {
  const errors: GraphQLError[] = [];
  const path: (string | number)[] = [];

  const note = ({ error }: Located): void => {
    if (errors.length < mostErrors) errors.push(error);
  };

  const locate = (error: unknown, { nodes }: PlannedField): Located => {
    if (error instanceof TooMuch) throw error;
    if (error instanceof Located) return error;
    const cause = error instanceof Error ? error : new Error(String(error));
    return new Located(new GraphQLError(cause.message, { nodes, path: [...path], originalError: cause }));
  };

  /** Takes one step down; where what is there fails and may be null, null stands there. */
  const at = (
    step: string | number,
    planned: PlannedField,
    type: GraphQLOutputType,
    run: Step,
  ): void | Promise<void> => {
    const mark = text.mark();
    const depth = path.push(step);
    const fail = (error: unknown): void => {
      path.length = depth;
      const located = locate(error, planned);
      path.length = depth - 1;
      if (type instanceof GraphQLNonNull) throw located;
      note(located);
      text.rewind(mark);
      text.write("null");
    };
    try {
      const running = run();
      if (running !== undefined) return running.then(() => void (path.length = depth - 1), fail);
      path.length = depth - 1;
    } catch (error) {
      fail(error);
    }
    return undefined;
  };

  const object = async (source: unknown, selection: readonly PlannedField[]): Promise<void> => {
    let separator = "{";
    for (const planned of selection) {
      text.write(`${separator}${JSON.stringify(planned.key)}:`);
      separator = ",";
      const running = at(planned.key, planned, planned.type, () => field(source, planned));
      if (running !== undefined) await running;
    }
    text.write(selection.length === 0 ? "{}" : "}");
  };

  const field = (source: unknown, planned: PlannedField): void | Promise<void> => {
    work.count();
    const { field, parent } = planned;
    // What resolvers of introspection and plain properties read; ours read nothing of it.
    const info = { schema, parentType: parent, fieldName: field.name } as GraphQLResolveInfo;
    const value: unknown = (field.resolve ?? defaultFieldResolver)(source, planned.args(), context, info);
    return value instanceof Promise
      ? value.then((value: unknown) => complete(value, planned.type, planned))
      : complete(value, planned.type, planned);
  };

  const complete = (value: unknown, type: GraphQLOutputType, planned: PlannedField): void | Promise<void> => {
    if (value === undefined || value === null) {
      if (!(type instanceof GraphQLNonNull)) return text.write("null");
      throw new GraphQLError(`Cannot return null for non-nullable field ${planned.parent.name}.${planned.field.name}.`);
    }
    const inner = type instanceof GraphQLNonNull ? (type.ofType as GraphQLOutputType) : type;
    if (inner instanceof GraphQLList) return list(value, inner.ofType, planned);
    if (inner instanceof GraphQLObjectType) return object(value, planned.selection);
    if (!isLeafType(inner)) throw new GraphQLError(`${String(inner)} is neither an object nor a leaf.`);
    return text.write(JSON.stringify(inner.serialize(value)));
  };

  const list = async (value: unknown, type: GraphQLOutputType, planned: PlannedField): Promise<void> => {
    if (!Array.isArray(value)) throw new GraphQLError(`${planned.field.name} is no list.`);
    text.write("[");
    for (const [index, item] of value.entries()) {
      if (index > 0) text.write(",");
      const pause = work.pause(text.size);
      if (pause !== undefined) await pause;
      work.count();
      const running = at(index, planned, type, () => complete(item, type, planned));
      if (running !== undefined) await running;
    }
    text.write("]");
  };

  return { object, note, errors };
}

type Step = () => void | Promise<void>;
