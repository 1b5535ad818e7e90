// Trace context as it goes through Belfry [W3C Trace Context, level 1]: taken from whoever sends, kept as one text with the
// event, and passed on to receivers with a new parent id for each attempt. What the standard does not allow is ignored.

export interface TraceContext {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** Of the caller, 16 lower-case hex digits. */
  readonly parentId: string;
  readonly isSampled: boolean;
  /** `tracestate` as it came; null: none, or none that may be passed on. */
  readonly state: string | null;
}

type Header = readonly [name: string, value: string];

/** Later versions may append fields, which nobody here knows. */
const pattern = /^(?!ff)([\da-f]{2})-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})(-.*)?$/;
const member = /^(?:[a-z][\w*/-]{0,255}|[a-z\d][\w*/-]{0,240}@[a-z][\w*/-]{0,13})=[!-+\--<>-~ ]{0,255}[!-+\--<>-~]$/;
/** Longer ones need not be passed on [§3.3.1.5]. */
const longestState = 512;
const mostMembers = 32;

/** null: there is none, or a bad one. Several headers of the name come joined by commas and are bad. */
export function readTrace(traceparent: string | undefined, tracestate: string | undefined): TraceContext | null {
  if (traceparent === undefined) return null;
  const [, version, traceId, parentId, flags, more] = pattern.exec(traceparent) ?? [];
  if (version === undefined || (version === "00" && more !== undefined)) return null;
  const isSampled = (Number.parseInt(flags!, 16) & 1) === 1;
  return { traceId: traceId!, parentId: parentId!, isSampled, state: readState(tracestate) };
}

/** One that is bad in any part is left out whole; the trace goes on without it. */
function readState(state: string | undefined): string | null {
  if (state === undefined || state.length > longestState) return null;
  const members = state.split(",").flatMap((each) => each.replaceAll(/^[ \t]+|[ \t]+$/g, "") || []);
  if (members.length === 0 || members.length > mostMembers || !members.every((each) => member.test(each))) return null;
  const keys = new Set(members.map((each) => each.slice(0, each.indexOf("="))));
  return keys.size === members.length ? members.join(",") : null;
}

const traceparent = ({ traceId, parentId, isSampled }: TraceContext): string =>
  `00-${traceId}-${parentId}-${isSampled ? "01" : "00"}`;

/** As it is kept: one text. */
export const traceText = (context: TraceContext): string =>
  context.state === null ? traceparent(context) : `${traceparent(context)} ${context.state}`;

/** Of a text of `traceText`; null for any other. */
export function traceOfText(text: string): TraceContext | null {
  const space = text.indexOf(" ");
  return space < 0 ? readTrace(text, undefined) : readTrace(text.slice(0, space), text.slice(space + 1));
}

/** What goes out with a request. */
export function traceHeaders(context: TraceContext): readonly Header[] {
  const parent: Header = ["traceparent", traceparent(context)];
  return context.state === null ? [parent] : [parent, ["tracestate", context.state]];
}
