// HTML that cannot be broken out of: everything put into a template is escaped, unless it is such a template itself.

export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = string | Html | readonly Html[];

export function html(parts: TemplateStringsArray, ...values: readonly Part[]): Html {
  const texts = values.map((value) =>
    typeof value === "string"
      ? escape(value)
      : [value]
          .flat()
          .map(({ text }) => text)
          .join(""),
  );
  return new Html(parts.reduce((whole, part, index) => whole + (texts[index - 1] ?? "") + part));
}

/** For use as text, and in attributes between double quotes. */
function escape(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text.replaceAll(/[&<>"']/g, (character) => entities[character]!);
}
