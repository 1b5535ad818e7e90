// How an inbox answers: status, delay, and how many attempts of each delivery fail first. The names are those of `belfry listen`.

import { useEffect, useRef, useState } from "preact/hooks";
import { failureText, send } from "../api/client.ts";
import type { InboxAnswer } from "../api/types.ts";
import { Problem } from "../parts/problem.tsx";

interface AnswerFormProps {
  /** Where it is changed: `/inbox/…`, or `/v1/inboxes/…`. */
  readonly path: string;
  readonly answer: InboxAnswer;
  readonly done: () => void;
}

interface Field {
  readonly name: keyof InboxAnswer;
  readonly label: string;
  readonly least: number;
  readonly most: number;
}

const fields: readonly Field[] = [
  { name: "status", label: "Status", least: 200, most: 599 },
  { name: "delay_ms", label: "Delay, ms", least: 0, most: 30_000 },
  { name: "fail_first", label: "Fail first", least: 0, most: 1_000_000 },
];

export function AnswerForm({ path, answer, done }: AnswerFormProps) {
  const [wanted, setWanted] = useState(answer);
  const [failure, setFailure] = useState<string | null>(null);
  const { status, delay_ms: delay, fail_first: fails } = answer;
  const shown = useRef(answer);
  // Somebody else may have changed it. At first nobody has: what was typed before the effect ran stays.
  useEffect(() => {
    if (fields.every(({ name }) => shown.current[name] === answer[name])) return;
    shown.current = answer;
    setWanted(answer);
  }, [status, delay, fails]);
  const isChanged = fields.some(({ name }) => wanted[name] !== answer[name]);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setFailure(null);
    try {
      await send("PATCH", `${path}/answer`, wanted);
      done();
    } catch (error) {
      setFailure(failureText(error));
    }
  };
  return (
    <form class="card answer-form" aria-labelledby="answer" onSubmit={submit}>
      <h2 id="answer">Answer</h2>
      <div class="answer-fields">
        {fields.map(({ name, label, least, most }) => (
          <label class="field" key={name}>
            <span>{label}</span>
            <input
              type="number"
              min={least}
              max={most}
              required
              value={wanted[name]}
              onInput={(event) => setWanted({ ...wanted, [name]: Math.round(Number(event.currentTarget.value)) })}
            />
          </label>
        ))}
        <button type="submit" class={isChanged ? "button primary" : "button"} disabled={!isChanged}>
          Change
        </button>
      </div>
      <p class="muted">
        {fails > 0
          ? `The first ${fails === 1 ? "attempt of each delivery is" : `${fails} attempts of each delivery are`} answered 503, later ones ${status}.`
          : `Every request is answered ${status}${delay > 0 ? ` after ${delay.toLocaleString("en-US")} ms` : " at once"}.`}
      </p>
      <Problem text={failure} />
    </form>
  );
}
