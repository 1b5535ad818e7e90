// A sample is sent to the receiver at once, and its answer is shown: what is wrong in words, status, time, body, and what was sent.

import { useState } from "preact/hooks";
import { part, send } from "../api/client.ts";
import type { Attempt, Subscription } from "../api/types.ts";
import { Json } from "../parts/json.tsx";
import { Mark } from "../parts/mark.tsx";
import { Problem } from "../parts/problem.tsx";
import { useRun } from "../parts/use-run.ts";
import { bytes } from "../words/bytes.ts";
import { outcomeSentence } from "../../../src/words/outcome.ts";
import { took } from "../../../src/words/time.ts";
import { Fact } from "../parts/fact.tsx";
import { takenBy, typesOf } from "./types.ts";

interface TestAnswer extends Attempt {
  readonly webhook_id: string;
  readonly type: string;
  readonly body: string;
}

export function TestCard({ subscription }: { readonly subscription: Subscription }) {
  const taken = [...new Set(takenBy(subscription).map(({ type }) => type))];
  const others = typesOf[subscription.dialect].map(({ type }) => type).filter((type) => !taken.includes(type));
  const [type, setType] = useState(taken[0] ?? others[0]!);
  const [answer, setAnswer] = useState<TestAnswer | null>(null);
  const { isRunning, failure, run } = useRun();
  const test = async (): Promise<void> => {
    try {
      setAnswer(await send<TestAnswer>("POST", `/v1/subscriptions/${part(subscription.id)}/test`, { type }));
    } catch (error) {
      setAnswer(null);
      throw error;
    }
  };
  return (
    <section class="card" aria-labelledby="test">
      <h2 id="test">Test</h2>
      <p class="muted">
        One sample, signed like every delivery and marked <code>belfry-test: true</code>. It is no event and counts
        nowhere.
      </p>
      <div class="acts">
        <label class="field inline">
          <span class="unseen">Type of the sample</span>
          <select value={type} onChange={(event) => setType(event.currentTarget.value)}>
            {taken.map((each) => (
              <option key={each} value={each}>
                {each}
              </option>
            ))}
            {others.length > 0 && (
              <optgroup label="It does not take">
                {others.map((each) => (
                  <option key={each} value={each}>
                    {each}
                  </option>
                ))}
              </optgroup>
            )}
          </select>
        </label>
        <button type="button" class="button" disabled={isRunning} onClick={() => run(test)}>
          {isRunning ? "Waiting for the answer" : "Send a test"}
        </button>
      </div>
      <Problem text={failure} />
      {answer !== null && <Answer answer={answer} />}
    </section>
  );
}

function Answer({ answer }: { readonly answer: TestAnswer }) {
  const isGood = answer.code === "delivered";
  return (
    <div class="answer" role="status">
      <p>
        <Mark shape={isGood ? "delivering" : "failed"} word={isGood ? "accepted" : "failed"} />
      </p>
      <p>
        {outcomeSentence(answer.code, answer.status)}
        {answer.detail !== null && <> {answer.detail}</>}
      </p>
      <dl class="facts">
        <Fact name="Outcome">
          <code>{answer.code}</code>
        </Fact>
        <Fact name="Status">{answer.status ?? "none"}</Fact>
        <Fact name="Took">{took(answer.duration_ms)}</Fact>
        <Fact name="Answer">{answer.response_bytes === 0 ? "no body" : bytes(answer.response_bytes)}</Fact>
        <Fact name="webhook-id">
          <code class="wrap">{answer.webhook_id}</code>
        </Fact>
      </dl>
      {answer.response !== null && answer.response_encoding === "text" && (
        <details open={!isGood}>
          <summary>What it answered</summary>
          <Json text={answer.response} what="Answer to the test" />
        </details>
      )}
      <details>
        <summary>What was sent</summary>
        <Json text={answer.body} what="Body of the test" />
      </details>
    </div>
  );
}
