// One page of the sign-in as an answer: what is around its content, and the headers that keep it ours. It loads nothing, runs at
// most one script known by its hash, and cannot be framed.

import { createHash } from "node:crypto";
import type { HttpReply } from "../../../../http/scope.ts";
import { Html, html } from "./html.ts";
import { style } from "./style.ts";

export interface Page {
  readonly status: number;
  /** Of the window. */
  readonly title: string;
  readonly content: Html;
  /** Where its form may lead beside our own address, as a source of the policy. */
  readonly leadsTo?: string;
  /** The only script that runs. */
  readonly script?: string;
}

const hashOf = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
const styleHash = hashOf(style);

const bell = html`<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 2a2 2 0 0 0-2 2v.6A6 6 0 0 0 6 10v5l-2 3h16l-2-3v-5a6 6 0 0 0-4-5.4V4a2 2 0 0 0-2-2Zm-2.5 17.5a2.5 2.5 0 0 0 5 0Z"/></svg>`;

export function sendPage(reply: HttpReply, { status, title, content, leadsTo, script }: Page): HttpReply {
  const scripts = script === undefined ? "" : ` script-src ${hashOf(script)};`;
  const target = leadsTo === undefined ? "" : ` ${leadsTo}`;
  const policy = `default-src 'none'; style-src ${styleHash};${scripts} form-action 'self'${target}; base-uri 'none'; frame-ancestors 'none'`;
  return reply
    .code(status)
    .headers({
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": policy,
      "x-frame-options": "DENY",
      "x-content-type-options": "nosniff",
      // Not no-referrer: browsers would then hide from us where a form comes from.
      "referrer-policy": "same-origin",
      "cross-origin-resource-policy": "same-origin",
      "permissions-policy": "camera=(), geolocation=(), microphone=()",
      "cache-control": "no-store",
      pragma: "no-cache",
    })
    .send(whole(title, content, script).text);
}

function whole(title: string, content: Html, script: string | undefined): Html {
  const run = script === undefined ? [] : [new Html(`<script>${script}</script>`)];
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title} · Belfry</title>
<style>${new Html(style)}</style>
</head>
<body>
<main>
<p class="brand">${bell}Belfry</p>
${content}
</main>
${run}
</body>
</html>
`;
}

/** A page with a headline and sentences. */
export function messagePage(status: number, title: string, ...sentences: readonly (string | Html)[]): Page {
  const paragraphs = sentences.map((sentence) => html`<p>${sentence}</p>\n`);
  return { status, title, content: html`<h1>${title}</h1>\n${paragraphs}` };
}
