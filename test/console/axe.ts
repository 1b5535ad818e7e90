// What axe finds serious on a page.

import type { Page } from "playwright-core";

/** By rule and element; axe is in the page already. Rows further down are like those above. */
export async function faults(page: Page): Promise<readonly string[]> {
  const found = await page.evaluate<{
    violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[];
  }>(
    "axe.run({ exclude: ['tbody tr:nth-child(n+6)'] }, { resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })",
  );
  return found.violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary.slice(0, 300)}`),
    );
}
