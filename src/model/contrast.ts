// How well two colours can be told apart [WCAG 2.2, contrast ratio]: 1 to 21. Text needs 4.5.

/** `#0a6b72` */
export const isColour = (text: string): boolean => /^#[0-9a-f]{6}$/i.test(text);

export function contrast(one: string, other: string): number {
  const [a, b] = [luminance(one), luminance(other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

/** So much of the first, and the rest of the second, as CSS mixes them in sRGB. */
export function mixed(one: string, share: number, other: string): string {
  const parts = channels(one).map((value, index) => Math.round(value * share + channels(other)[index]! * (1 - share)));
  return `#${parts.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

function luminance(colour: string): number {
  const [red, green, blue] = channels(colour).map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

const channels = (colour: string): number[] => [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
