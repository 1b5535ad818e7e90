// The icons of the rail and the header, drawn in one line each.

import type { Ability } from "../api/session.ts";

const paths: Readonly<Record<Ability | "more" | "search" | "light" | "dark" | "system" | "out" | "person", string>> = {
  building: "M3 17V6l7-4 7 4v11M1.5 17.5h17M8 17.5v-4h4v4M7 8h.01M10 8h.01M13 8h.01M7 10.8h.01M13 10.8h.01",
  subscriptions:
    "M10 12.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM12.3 9l3.7-3.4M12.3 11l3.7 3.4M7.6 10H3.5M17 5.2h.01M17 14.8h.01M2.6 10h.01",
  deliveries: "M2.5 10 17 3.5 13 17l-3.6-5.2zM9.4 11.8 17 3.5",
  events: "M11 2 4 11.5h5L8.5 18 16 8.2h-5.2z",
  sensors:
    "M10 11.4a1.6 1.6 0 1 0 0-3.2 1.6 1.6 0 0 0 0 3.2zM6.4 13.3a5 5 0 0 1 0-7M13.6 6.3a5 5 0 0 1 0 7M4 15.6a8.4 8.4 0 0 1 0-11.6M16 4a8.4 8.4 0 0 1 0 11.6",
  replays: "M3.5 10a6.5 6.5 0 1 0 2.2-4.9M3.2 2.8v3.4h3.4M10 6.6V10l2.4 1.6",
  alerts: "M5 13.5V9a5 5 0 0 1 10 0v4.5l1.3 1.5H3.7zM8.4 17.2h3.2M10 2v1.6",
  model: "M10 2.2 17 6v8l-7 3.8L3 14V6zM3.2 6.1 10 9.9l6.8-3.8M10 9.9v7.7",
  keys: "M7 13.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM11 9.5h6.5v3M14.5 9.5v2.5M6.6 9.5h.01",
  audit: "M5 2.5h7l3.5 3.5v11.5H5zM11.8 2.7v3.5h3.5M7.6 9.5h5M7.6 12h5M7.6 14.5h3",
  health: "M2 10.5h3.5L8 4.5l4 11 2.3-5H18",
  more: "M4.5 10h.01M10 10h.01M15.5 10h.01",
  search: "M9 15A6 6 0 1 0 9 3a6 6 0 0 0 0 12zM13.4 13.4 17.5 17.5",
  light:
    "M10 13.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM10 1.8v1.6M10 16.6v1.6M1.8 10h1.6M16.6 10h1.6M4.2 4.2l1.1 1.1M14.7 14.7l1.1 1.1M15.8 4.2l-1.1 1.1M5.3 14.7l-1.1 1.1",
  dark: "M16.5 12.3A7 7 0 0 1 7.7 3.5a7 7 0 1 0 8.8 8.8z",
  system: "M3 4h14v9.5H3zM7.5 17h5M10 13.5V17",
  out: "M8 3H4v14h4M13 6.5 16.5 10 13 13.5M16 10H8",
  person: "M10 9.8a3.4 3.4 0 1 0 0-6.8 3.4 3.4 0 0 0 0 6.8zM3.5 17.3a6.6 6.6 0 0 1 13 0",
};

export function Icon({ name, size = 20 }: { readonly name: keyof typeof paths; readonly size?: number }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" width={size} height={size} aria-hidden="true">
      <path
        d={paths[name]}
        fill="none"
        stroke="currentColor"
        stroke-width={name === "more" ? 2.6 : 1.5}
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}
