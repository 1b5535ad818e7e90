// Some of many records: folded, with how many are chosen, and a field that narrows where there are many. None chosen means all.

import { useState } from "preact/hooks";
import { shortId } from "../../../../src/words/short-id.ts";
import { Check } from "../../parts/fault.tsx";

interface PickerProps {
  readonly title: string;
  /** `all rooms` */
  readonly all: string;
  readonly options: readonly (readonly [id: string, name: string])[];
  readonly chosen: readonly string[];
  readonly set: (ids: readonly string[]) => void;
}

const many = 12;

export function Picker({ title, all, options, chosen, set }: PickerProps) {
  const [find, setFind] = useState("");
  const known = new Set(options.map(([id]) => id));
  // What is stored may be gone from the model: it stays until somebody takes it away.
  const whole = [...chosen.filter((id) => !known.has(id)).map((id) => [id, shortId(id)] as const), ...options];
  const fitting = whole.filter(([, name]) => name.toLowerCase().includes(find.trim().toLowerCase()));
  const said = chosen.length === 0 ? all : `${chosen.length} of ${whole.length}`;
  return (
    <details class="picker">
      <summary>
        {title}: <b>{said}</b>
      </summary>
      {whole.length > many && (
        <input
          type="search"
          value={find}
          placeholder="Narrow by name"
          aria-label={`${title}: narrow by name`}
          onInput={(event) => setFind(event.currentTarget.value)}
        />
      )}
      <div class="checks scroll">
        {fitting.map(([id, name]) => (
          <Check
            key={id}
            label={<bdi title={id}>{name}</bdi>}
            is={chosen.includes(id)}
            set={(is) => set(is ? [...chosen, id] : chosen.filter((each) => each !== id))}
          />
        ))}
        {fitting.length === 0 && <p class="muted">None has such a name.</p>}
      </div>
    </details>
  );
}
