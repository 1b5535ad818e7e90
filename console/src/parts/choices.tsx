// A part of a form in which somebody chooses all, or some of them.

interface ChoicesProps {
  readonly legend: string;
  readonly all: string;
  readonly options: readonly (readonly [value: string, name: string])[];
  /** null: all. */
  readonly chosen: readonly string[] | null;
  readonly set: (chosen: readonly string[] | null) => void;
}

/** All, or some of them. With the last one taken away it is all again. */
export function Choices({ legend, all, options, chosen, set }: ChoicesProps) {
  const change = (value: string): void => {
    const rest = chosen?.includes(value) ? chosen.filter((each) => each !== value) : [...(chosen ?? []), value];
    set(rest.length === 0 ? null : rest);
  };
  return (
    <fieldset class="choices">
      <legend>{legend}</legend>
      <label class="switch">
        <input type="checkbox" checked={chosen === null} disabled={chosen === null} onChange={() => set(null)} />
        <span>{all}</span>
      </label>
      {options.map(([value, name]) => (
        <label class="switch" key={value}>
          <input type="checkbox" checked={chosen?.includes(value) ?? false} onChange={() => change(value)} />
          <span>{name}</span>
        </label>
      ))}
    </fieldset>
  );
}
