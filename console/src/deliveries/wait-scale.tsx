// The whole time of a delivery as one line, to scale: each attempt where it was, the waits between them as long as they were, and the next
// one where it is due.

import { useRef } from "preact/hooks";
import type { Delivery } from "../api/types.ts";
import { useSize } from "../building/use-size.ts";
import { now } from "../live/now.ts";
import { outcomeWords } from "../../../src/words/outcome.ts";
import { span } from "../../../src/words/time.ts";

const [height, edge] = [44, 8];
/** A label needs so much room. */
const labelWidth = 56;

export function WaitScale({ delivery }: { readonly delivery: Delivery }) {
  const attempts = delivery.attempts ?? [];
  const first = Date.parse(delivery.created_at);
  const due = delivery.state === "pending" && delivery.due !== null ? Date.parse(delivery.due) : null;
  const ends = attempts.map((each) => Date.parse(each.started_at) + each.duration_ms);
  const last = Math.max(first, ...ends, due ?? 0);
  if (attempts.length + (due === null ? 0 : 1) < 2 || last === first) return null;
  return <Drawn attempts={attempts} first={first} last={last} due={due} />;
}

interface DrawnProps {
  readonly attempts: NonNullable<Delivery["attempts"]>;
  /** Epoch ms, like the others. */
  readonly first: number;
  readonly last: number;
  readonly due: number | null;
}

/** As wide as there is room: scaled down, its labels could not be read. */
function Drawn({ attempts, first, last, due }: DrawnProps) {
  const frame = useRef<HTMLDivElement>(null);
  const { width } = useSize(frame);
  return (
    <div class="wait-scale" ref={frame}>
      {width > 0 && <Scale attempts={attempts} first={first} last={last} due={due} width={width} />}
    </div>
  );
}

function Scale({ attempts, first, last, due, width }: DrawnProps & { readonly width: number }) {
  const ends = attempts.map((each) => Date.parse(each.started_at) + each.duration_ms);
  const x = (at: number): number => edge + ((at - first) / (last - first)) * (width - 2 * edge);
  const marks = [...attempts.map((each) => Date.parse(each.started_at)), ...(due === null ? [] : [due])];
  return (
    <svg
      width={width}
      height={height}
      role="img"
      aria-label={`${attempts.length} attempts within ${span((ends.at(-1) ?? first) - first)}, drawn to scale`}
    >
      <line class="axis" x1={edge} x2={width - edge} y1={26} y2={26} />
      {marks.slice(1).map((at, index) => {
        const [from, to] = [x(marks[index]!), x(at)];
        if (to - from < labelWidth) return null;
        return (
          <text key={at} x={(from + to) / 2} y={14} text-anchor="middle">
            {span(at - marks[index]!)}
          </text>
        );
      })}
      {attempts.map((each) => {
        const at = Date.parse(each.started_at);
        const wide = Math.max(3, x(at + each.duration_ms) - x(at));
        return (
          <g key={each.attempt}>
            <title>{`Attempt ${each.attempt}: ${outcomeWords(each.code, each.status)}`}</title>
            <rect class={each.code === "delivered" ? "ok" : "bad"} x={x(at) - 1.5} y={18} width={wide} height={16} />
          </g>
        );
      })}
      {due !== null && (
        <g>
          <title>{due > now.value ? "next try" : "due"}</title>
          <circle class="due" cx={x(due)} cy={26} r={5} />
        </g>
      )}
    </svg>
  );
}
