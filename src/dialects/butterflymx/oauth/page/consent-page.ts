// The page on which a person lets an app in, with a key.

import { publicClient } from "../../../../auth/public-client.ts";
import { outOfBand } from "../../../../auth/redirects.ts";
import type { AuthorizeRequest } from "../authorize-request.ts";
import { html } from "./html.ts";
import type { Page } from "./page.ts";

export interface Refusal {
  readonly status: number;
  readonly sentence: string;
}

/** `ticket`: proves that a form came from this page. `refusal`: why the form before this one did not do. */
export function consentPage(request: AuthorizeRequest, ticket: string, refusal: Refusal | null): Page {
  const hidden = Object.entries({
    response_type: "code",
    client_id: request.client,
    redirect_uri: request.redirect,
    code_challenge: request.challenge,
    code_challenge_method: "S256",
    ...(request.state === null ? {} : { state: request.state }),
    ticket,
  }).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">\n`);
  const isShown = request.redirect === outOfBand;
  const whereTo = isShown
    ? html`After that you get a code to copy into the app.`
    : html`After that you go back to <span class="address">${request.redirect}</span>.`;
  const who =
    request.client === publicClient
      ? html`An app`
      : html`The app with the client ID <span class="address">${request.client}</span>`;
  const why = refusal === null ? [] : [html`<p class="bad" id="why" role="alert">${refusal.sentence}</p>\n`];
  const described = refusal === null ? html`` : html` aria-describedby="why" aria-invalid="true"`;
  return {
    status: refusal?.status ?? 200,
    title: "Sign in",
    ...(isShown ? {} : { leadsTo: sourceOf(request.redirect) }),
    content: html`<h1>Sign in with your key</h1>
<p>${who} asks to see and do what your key allows. ${whereTo}</p>
${why}<form method="post" action="/oauth/authorize" autocomplete="off">
${hidden}<label for="key">Key</label>
<input id="key" name="key" type="password" autocapitalize="none" autocorrect="off" spellcheck="false" autocomplete="current-password" placeholder="belfry_client_…"${described} autofocus>
<details>
<summary>Use a client ID and secret instead</summary>
<label for="id">Client ID</label>
<input id="id" name="id" type="text" autocapitalize="none" autocorrect="off" spellcheck="false" autocomplete="username">
<label for="secret">Client secret</label>
<input id="secret" name="secret" type="password" autocapitalize="none" autocorrect="off" spellcheck="false" autocomplete="off">
</details>
<div class="row"><button class="main" name="decision" value="allow">Allow</button>
<button name="decision" value="deny" formnovalidate>Cancel</button></div>
</form>
<p class="soft last">An app for residents needs the key of a tenant; with any other it finds no home. Your building's operator gives you the key. Continue only if you opened this page from an app that you trust.</p>`,
  };
}

/** What the policy must name, so that the browser follows the redirect of the form. A host in brackets is none in its grammar. */
function sourceOf(redirect: string): string {
  const { protocol, origin, hostname } = new URL(redirect);
  const isWeb = protocol === "https:" || protocol === "http:";
  return isWeb && !hostname.startsWith("[") ? origin : protocol;
}
