// The secrets that sign deliveries: hidden until somebody asks, and each look is audited. A rotation keeps the old ones signing for
// a while, so that receivers can change over.

import { useState } from "preact/hooks";
import { failureText, part, send } from "../api/client.ts";
import type { Secrets as SecretsAnswer, Subscription } from "../api/types.ts";
import { Confirm } from "../parts/confirm.tsx";
import { Copy } from "../parts/id.tsx";
import { Moment } from "../parts/moment.tsx";
import { Problem } from "../parts/problem.tsx";

const overlaps: readonly (readonly [seconds: number, name: string])[] = [
  [0, "at once"],
  [3_600, "after 1 hour"],
  [86_400, "after 1 day"],
  [604_800, "after 7 days"],
];

export function Secrets({ subscription }: { readonly subscription: Subscription }) {
  const [shown, setShown] = useState<SecretsAnswer | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [isRotating, setRotating] = useState(false);
  const path = `/v1/subscriptions/${part(subscription.id)}/signing-secret`;
  const reveal = async (): Promise<void> => {
    setProblem(null);
    try {
      setShown(await send<SecretsAnswer>("POST", `${path}/reveal`));
    } catch (error) {
      setProblem(failureText(error));
    }
  };
  return (
    <section class="card" aria-labelledby="secrets">
      <h2 id="secrets">Signing secret</h2>
      {shown === null ? (
        <p class="muted">
          Receivers verify deliveries with it. Whoever has it can forge them; every look at it is written to the audit.
        </p>
      ) : (
        <ul class="secrets">
          {shown.signing_secrets.toReversed().map(({ secret, until, public_key: key }) => (
            <li key={secret}>
              <span class="secret">
                <code>{secret}</code>
                <Copy text={secret} what="secret" />
              </span>
              {until === null ? (
                <span class="muted">signs now</span>
              ) : (
                <span class="muted">
                  signs beside it, ends <Moment at={until} />
                </span>
              )}
              {key !== undefined && (
                <span class="secret">
                  <span class="muted">ed25519</span> <code>{key}</code>
                  <Copy text={key} what="public key" />
                </span>
              )}
            </li>
          ))}
        </ul>
      )}
      <Problem text={problem} />
      <div class="acts">
        {shown === null ? (
          <button type="button" class="button" onClick={reveal}>
            Show the secret
          </button>
        ) : (
          <button type="button" class="button" onClick={() => setShown(null)}>
            Hide the secret
          </button>
        )}
        <button type="button" class="button" onClick={() => setRotating(true)}>
          Rotate
        </button>
      </div>
      {isRotating && <Rotate path={path} done={setShown} close={() => setRotating(false)} />}
    </section>
  );
}

interface RotateProps {
  readonly path: string;
  readonly done: (secrets: SecretsAnswer) => void;
  readonly close: () => void;
}

function Rotate({ path, done, close }: RotateProps) {
  const [overlap, setOverlap] = useState(86_400);
  return (
    <Confirm
      title="Rotate the signing secret"
      act="Make a new secret"
      run={async () => done(await send<SecretsAnswer>("POST", `${path}/rotate`, { overlap_s: overlap }))}
      close={close}
    >
      <p>A new secret signs from now on. Receivers that know only the old one go on working until it ends.</p>
      <label class="field">
        <span>The old one ends</span>
        <select value={overlap} onChange={(event) => setOverlap(Number(event.currentTarget.value))}>
          {overlaps.map(([seconds, name]) => (
            <option key={seconds} value={seconds}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {overlap === 0 && <p class="tone-warn">Deliveries that are verified with the old secret fail from now on.</p>}
    </Confirm>
  );
}
