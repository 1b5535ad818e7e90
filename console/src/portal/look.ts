// How the pages look to a vendor's customer: the vendor's name and accents, as the portal link says. Colours come from the server,
// which took only such that can be read.

import { computed, effect } from "@preact/signals";
import { session } from "../api/session.ts";

export const brand = computed(() => session.value?.portal?.title ?? "Belfry");

const grounds = { accent: "#ffffff", accent_dark: "#1a1d21" } as const;

/** From now on, whoever is signed in. */
export function applyLook(): void {
  effect(() => {
    const colours = session.value?.portal?.colours ?? {};
    for (const name of ["accent", "accent_dark"] as const) {
      const colour = colours[name];
      const variable = `--own-${name.replace("_", "-")}`;
      set(variable, colour);
      set(`${variable}-soft`, colour && `color-mix(in srgb, ${colour} 10%, ${grounds[name]})`);
    }
  });
}

function set(variable: string, value: string | undefined): void {
  const { style } = document.documentElement;
  if (value === undefined) style.removeProperty(variable);
  else style.setProperty(variable, value);
}
