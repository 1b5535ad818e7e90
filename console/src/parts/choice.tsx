// A filter that takes one of some values: it stands in the address unless somebody else keeps it.

import { narrow, place } from "../route/place.ts";
import { shortId } from "../../../src/words/short-id.ts";

interface ChoiceProps {
  readonly name: string;
  readonly title: string;
  readonly any: string;
  readonly options: readonly (readonly [value: string, name: string])[];
  /** Absent: that of the address. */
  readonly value?: string;
  readonly set?: (value: string) => void;
}

export function Choice({ name, title, any, options, set, ...given }: ChoiceProps) {
  const value = given.value ?? place.value.query[name] ?? "";
  const choose = set ?? ((chosen: string) => narrow({ [name]: chosen }));
  const isKnown = value === "" || options.some(([each]) => each === value);
  return (
    <label class={value === "" ? "field inline" : "field inline chosen"}>
      <span class="unseen">{title}</span>
      <select value={value} onChange={(event) => choose(event.currentTarget.value)}>
        <option value="">{any}</option>
        {options.map(([each, said]) => (
          <option key={each} value={each}>
            {said}
          </option>
        ))}
        {!isKnown && <option value={value}>{shortId(value)}</option>}
      </select>
    </label>
  );
}

/** Takes all of these filters away. */
export function ShowAll({ filters }: { readonly filters: readonly string[] }) {
  return (
    <button
      type="button"
      class="button"
      onClick={() => narrow(Object.fromEntries(filters.map((name) => [name, null])))}
    >
      Show all
    </button>
  );
}
