// A field that narrows a list by what somebody types. What is typed stands in the address.

import { narrow } from "../route/place.ts";

/** `by`: `name, URL or id` */
export function Find({ by, value }: { readonly by: string; readonly value: string }) {
  return (
    <label class="field inline grow">
      <span class="unseen">Narrow by {by}</span>
      <input
        type="search"
        value={value}
        placeholder={`${by.charAt(0).toUpperCase()}${by.slice(1)}`}
        onInput={(event) => narrow({ find: event.currentTarget.value }, "replace")}
      />
    </label>
  );
}
