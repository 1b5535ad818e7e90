// What is wrong with a field, in the API's words, beside the field. A form gives its faults to all fields below it.

import { createContext, type ComponentChildren } from "preact";
import { useContext, useId } from "preact/hooks";
import type { Problem } from "../api/client.ts";

export const Faults = createContext<readonly Problem[]>([]);

/** Those of a field of the API and of what is in it: `types`, `types[0].resource`. */
export const faultsOf = (faults: readonly Problem[], name: string): readonly Problem[] =>
  faults.filter(({ path }) => path === name || path.startsWith(`${name}.`) || path.startsWith(`${name}[`));

/** `isWhole`: only what is about all of it, since its parts have fields of their own. */
export function FaultOf({ name, isWhole = false }: { readonly name: string; readonly isWhole?: boolean }) {
  const found = faultsOf(useContext(Faults), name).filter(({ path }) => !isWhole || !hasField(path, name));
  if (found.length === 0) return null;
  return (
    <ul class="faults" role="alert" data-field={name}>
      {found.map(({ path, message }) => (
        <li key={path + message}>{sentence(path, name, message)}</li>
      ))}
    </ul>
  );
}

/** Names and values of headers are rows without faults of their own. */
const hasField = (path: string, name: string): boolean => path !== name && name !== "headers";

/** `must be 1 to 15.` becomes `Must be 1 to 15.`; where it is about a part, that is named. */
function sentence(path: string, name: string, message: string): string {
  const part = path.slice(name.length).replace(/^\./, "");
  const whole = part === "" ? message : `${part} ${message}`;
  return `${whole.charAt(0).toUpperCase()}${whole.slice(1)}${/[.!?]$/.test(whole) ? "" : "."}`;
}

interface TextFieldProps {
  /** As in the API. */
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly set: (value: string) => void;
  readonly hint?: ComponentChildren;
  readonly type?: "text" | "url" | "number" | "password";
  readonly placeholder?: string;
  readonly rows?: number;
}

export function TextField({ name, label, value, set, hint, type = "text", placeholder, rows }: TextFieldProps) {
  const id = useId();
  const isWrong = faultsOf(useContext(Faults), name).length > 0;
  const common = {
    id,
    value,
    ...(placeholder !== undefined && { placeholder }),
    "aria-invalid": isWrong,
    "aria-describedby": hint === undefined ? undefined : `${id}-hint`,
    autoComplete: "off",
    spellcheck: false,
  };
  return (
    <div class={isWrong ? "field wrong" : "field"}>
      <label for={id}>{label}</label>
      {rows !== undefined ? (
        <textarea {...common} rows={rows} onInput={(event) => set(event.currentTarget.value)} />
      ) : type === "password" ? (
        <input {...common} type="password" onInput={(event) => set(event.currentTarget.value)} />
      ) : (
        <input
          {...common}
          type="text"
          inputMode={type === "number" ? "decimal" : type}
          onInput={(event) => set(event.currentTarget.value)}
        />
      )}
      {hint !== undefined && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      <FaultOf name={name} />
    </div>
  );
}

interface ChoiceFieldProps {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly set: (value: string) => void;
  readonly options: readonly (readonly [value: string, name: string])[];
  readonly hint?: ComponentChildren;
}

export function ChoiceField({ name, label, value, set, options, hint }: ChoiceFieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => set(event.currentTarget.value)}>
        {options.map(([each, said]) => (
          <option key={each} value={each}>
            {said}
          </option>
        ))}
      </select>
      {hint !== undefined && <p class="hint">{hint}</p>}
      <FaultOf name={name} />
    </div>
  );
}

interface CheckProps {
  readonly label: ComponentChildren;
  readonly is: boolean;
  readonly set: (is: boolean) => void;
  readonly disabled?: boolean;
  readonly hint?: ComponentChildren;
}

export function Check({ label, is, set, disabled = false, hint }: CheckProps) {
  return (
    <label class={disabled ? "check off" : "check"}>
      <input type="checkbox" checked={is} disabled={disabled} onChange={(event) => set(event.currentTarget.checked)} />
      <span>
        {label}
        {hint !== undefined && <span class="hint">{hint}</span>}
      </span>
    </label>
  );
}
