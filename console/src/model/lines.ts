// On which line of a JSON text a path such as `sites[0].name` stands. Pure. The text is valid JSON: it was parsed before.

/** By path, the line of its value, from 1 on; of a path that is not in the text, that of the nearest one around it. */
export function linesOf(text: string, paths: readonly string[]): ReadonlyMap<string, number> {
  const wanted = new Set(paths.flatMap((path) => [...around(path)]));
  const found = new Map<string, number>([["", 1]]);
  walk(text, (path, line) => {
    if (wanted.has(path) && !found.has(path)) found.set(path, line);
  });
  return new Map(paths.map((path) => [path, found.get([...around(path)].find((each) => found.has(each))!)!]));
}

/** `a.b[0]`, `a.b`, `a` and the whole. */
function* around(path: string): Generator<string> {
  let rest = path;
  while (rest !== "") {
    yield rest;
    rest = rest.slice(0, Math.max(rest.lastIndexOf("."), rest.lastIndexOf("["), 0));
  }
  yield "";
}

interface Level {
  readonly isList: boolean;
  readonly path: string;
  index: number;
  key: string;
}

/** Calls `visit` where the value of each path begins. */
function walk(text: string, visit: (path: string, line: number) => void): void {
  const levels: Level[] = [];
  let line = 1;
  const begin = (): string => {
    const level = levels.at(-1);
    if (level === undefined) return "";
    if (level.isList) return `${level.path}[${level.index}]`;
    return level.path === "" ? level.key : `${level.path}.${level.key}`;
  };
  let isKey = false;
  for (let at = 0; at < text.length; at++) {
    const letter = text[at]!;
    if (letter === "\n") line++;
    else if (letter === "{" || letter === "[") {
      const path = begin();
      visit(path, line);
      levels.push({ isList: letter === "[", path, index: 0, key: "" });
      isKey = letter === "{";
    } else if (letter === "}" || letter === "]") {
      levels.pop();
      isKey = false;
    } else if (letter === ",") {
      const level = levels.at(-1)!;
      if (level.isList) level.index++;
      isKey = !level.isList;
    } else if (letter === '"') {
      const end = endOfString(text, at);
      if (isKey) levels.at(-1)!.key = JSON.parse(text.slice(at, end)) as string;
      else visit(begin(), line);
      isKey = false;
      at = end - 1;
    } else if (/[-\dtfn]/.test(letter)) {
      visit(begin(), line);
      while (at + 1 < text.length && /[-+.\w]/.test(text[at + 1]!)) at++;
    }
  }
}

/** Behind the quote that closes the string that begins here. */
function endOfString(text: string, from: number): number {
  let at = from + 1;
  while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}

/** Where a text stops being JSON, as the browser says it; null: it does not say. What it quotes of the text may hold anything. */
export function lineOfSyntaxError(text: string, message: string): number | null {
  const line = /line (\d+) column \d+/.exec(message)?.[1];
  if (line !== undefined) return Number(line);
  const position = / at position (\d+)/.exec(message)?.[1];
  if (position !== undefined) return text.slice(0, Number(position)).split("\n").length;
  return /end of (?:JSON|data)/i.test(message) ? text.split("\n").length : null;
}
