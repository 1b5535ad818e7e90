// The known name that a mistyped one most likely means. Pure.

/** The one with the fewest changes, counted in letters; words left out, added or in another order are one change each. */
export function nearest(mistyped: string, names: readonly string[]): string {
  const cost = (name: string): number => Math.min(changedLetters(mistyped, name), changedWords(mistyped, name));
  return names.reduce((best, name) => (cost(name) < cost(best) ? name : best));
}

/** Infinity where each has a word that the other lacks. */
function changedWords(mistyped: string, name: string): number {
  const [given, wanted] = [mistyped.split("_"), name.split("_")];
  const added = given.filter((word) => !wanted.includes(word)).length;
  const leftOut = wanted.filter((word) => !given.includes(word)).length;
  return added > 0 && leftOut > 0 ? Infinity : 1 + added + leftOut;
}

/** How many letters must be added, removed or replaced (Levenshtein's distance). */
function changedLetters(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[to.length]!;
}
