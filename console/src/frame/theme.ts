// Light and dark: what the system says, unless somebody chose.

import { signal } from "@preact/signals";

export type Theme = "system" | "light" | "dark";

const key = "belfry-theme";
const next: Readonly<Record<Theme, Theme>> = { system: "light", light: "dark", dark: "system" };

export const theme = signal<Theme>(read());

function read(): Theme {
  try {
    const kept = localStorage.getItem(key);
    return kept === "light" || kept === "dark" ? kept : "system";
  } catch {
    return "system";
  }
}

export function applyTheme(): void {
  if (theme.value === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme.value;
}

export function nextTheme(): void {
  theme.value = next[theme.value];
  try {
    localStorage.setItem(key, theme.value);
  } catch {
    // A browser that keeps nothing shows it until the page is left.
  }
  applyTheme();
}
