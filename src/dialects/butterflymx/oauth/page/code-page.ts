// The page that shows a code to be copied into an app. The script only copies; without it the field can be selected.

import { html } from "./html.ts";
import type { Page } from "./page.ts";

const script = `
const code = document.getElementById("code");
const copy = document.getElementById("copy");
copy.hidden = false;
code.addEventListener("focus", () => code.select());
copy.addEventListener("click", async () => {
  code.select();
  let done = false;
  try {
    await navigator.clipboard.writeText(code.value);
    done = true;
  } catch {
    done = document.execCommand("copy");
  }
  copy.textContent = done ? "Copied" : "Press Ctrl+C or Cmd+C";
});
`;

export function codePage(code: string): Page {
  return {
    status: 200,
    title: "Your code",
    script,
    content: html`<h1>Copy this code into the app</h1>
<p>It works once, within ten minutes.</p>
<label for="code">Code</label>
<input id="code" readonly value="${code}" spellcheck="false" autocomplete="off">
<div class="row"><button class="main wide" id="copy" type="button" aria-live="polite" hidden>Copy code</button></div>
<p class="soft last">Give the code to nobody else. You can close this page afterwards.</p>`,
  };
}
