// What a portal link may look like, and who may frame it, as a request gives them: colours that can be read, and origins that are
// nothing else.

import { z } from "zod";
import { contrast, isColour, mixed } from "../../model/contrast.ts";
import type { PortalColour } from "../../model/portal.ts";

/** The grounds of the pages on which each colour stands as text [console/src/styles/base.css]. */
const grounds: Readonly<Record<PortalColour, { readonly surface: string; readonly others: readonly string[] }>> = {
  accent: { surface: "#ffffff", others: ["#fafaf8", "#f2f2ee"] },
  accent_dark: { surface: "#1a1d21", others: ["#121417", "#15181b", "#0e1a1c"] },
};
const least = 4.5;
/** Of the colour, in the ground of whatever is chosen. */
const softShare = 0.1;

const colour = (name: PortalColour) =>
  z
    .string()
    .refine(isColour, "must be # and six hexadecimal digits, such as #0a6b72")
    .refine((text) => !isColour(text) || isReadable(name, text), {
      error: `is too close to the ${name === "accent" ? "light" : "dark"} background: its contrast must be 4.5 at least`,
    })
    .transform((text) => text.toLowerCase());

function isReadable(name: PortalColour, text: string): boolean {
  const { surface, others } = grounds[name];
  return [surface, mixed(text, softShare, surface), ...others].every((ground) => contrast(text, ground) >= least);
}

export const coloursSchema = z.strictObject({
  accent: colour("accent").optional().describe("Links, buttons and what is chosen, in the light theme."),
  accent_dark: colour("accent_dark").optional().describe("The same in the dark theme."),
});

/** No more than scheme, host and port: it becomes part of a header. */
const originForm = /^https?:\/\/(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?::\d{1,5})?$/;
const local = /^http:\/\/(?:localhost|127\.0\.0\.1)(?::\d+)?$/;

export const originSchema = z
  .string()
  .max(256)
  .refine(
    (text) =>
      originForm.test(text) && URL.parse(text)?.origin === text && (text.startsWith("https:") || local.test(text)),
    "must be an origin such as https://portal.example: no path, no wildcard; http for this machine only",
  );

export const homeSchema = z
  .string()
  .max(256)
  .refine((text) => text.startsWith("https://") && URL.canParse(text), "must be an address that begins with https://");
