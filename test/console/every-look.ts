// A page in both themes at both widths: nothing is cut off, and axe finds nothing serious.

import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { faults } from "./axe.ts";

/** Each theme and each width is judged by axe once: its rules are dear. */
const looks = [
  ["light", 1_440, true],
  ["dark", 1_440, false],
  ["light", 360, false],
  ["dark", 360, true],
] as const;

/** axe is in the page already. `name`: of the page, for whoever reads what failed. */
export async function everyLook(page: Page, name: string): Promise<void> {
  for (const [colorScheme, width, isJudged] of looks) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    const wider = await page.evaluate<number>(
      "document.documentElement.scrollWidth - document.documentElement.clientWidth",
    );
    assert.ok(wider <= 0, `${name} is ${wider} px too wide for ${width}`);
    if (isJudged) assert.deepEqual(await faults(page), [], `${name}, ${colorScheme}, ${width} px`);
  }
}
