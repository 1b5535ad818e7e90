// The page that shows a code to be copied into an app, marked like the vendor's [Doorkeeper]. One click selects the code; the script
// only copies it.

import { html } from "./html.ts";
import type { Page } from "./page.ts";

const script = `
const code = document.getElementById("authorization_code");
const copy = document.getElementById("copy");
copy.hidden = false;
copy.addEventListener("click", async () => {
  getSelection().selectAllChildren(code);
  let done = false;
  try {
    await navigator.clipboard.writeText(code.textContent);
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
<code class="code" id="authorization_code">${code}</code>
<div class="row"><button class="main wide" id="copy" type="button" aria-live="polite" hidden>Copy code</button></div>
<p class="soft last">Give the code to nobody else. You can close this page afterwards.</p>`,
  };
}
