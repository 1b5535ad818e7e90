// The body of an alert in its JSON form, which is stored, and in those that Slack and Teams take, made of it for each attempt. Pure:
// the same body and variant give the same text for good.

import { type AlertForm, alertForms, type AlertKind } from "../model/alert.ts";
import type { AlertItem, Named } from "./item.ts";
import { helpOf, sentence } from "./sentences.ts";

/** The JSON form. docs/alerts.md describes it. */
export interface AlertBody {
  /** The same as `webhook-id`. */
  readonly id: string;
  /** `test` where somebody asked for it. */
  readonly kind: AlertKind | "test";
  readonly at: string;
  readonly text: string;
  /** A heading of docs/alerts.md; null: there is nothing more to say. */
  readonly help: string | null;
  readonly repeat: boolean;
  /** null: of several, or of the installation. */
  readonly organization: Named | null;
  readonly count: number;
  /** The first fifty of them. */
  readonly about: readonly AboutBody[];
}

interface AboutBody {
  readonly type: string;
  readonly id: string;
  readonly name: string | null;
  readonly organization: string | null;
  readonly since: string;
  readonly [fact: string]: string | number | null;
}

const mostListed = 50;
const iso = (at: number): string => new Date(at).toISOString();

/** `items`: of one kind, one at least. `at`: epoch ms. */
export function alertBody(id: string, items: readonly AlertItem[], at: number): AlertBody {
  const { kind } = items[0]!;
  const organizations = new Map(items.map(({ organization }) => [organization?.id, organization]));
  return {
    id,
    kind,
    at: iso(at),
    text: sentence(items),
    help: helpOf(kind),
    repeat: items.every(({ isRepeat }) => isRepeat),
    organization: organizations.size === 1 ? items[0]!.organization : null,
    count: items.length,
    about: items.slice(0, mostListed).map(({ type, id: of, name, organization, since, facts }) => {
      return { type, id: of, name, organization: organization?.id ?? null, since: iso(since), ...facts };
    }),
  };
}

export const testBody = (id: string, target: string, at: number): AlertBody => ({
  id,
  kind: "test",
  at: iso(at),
  text: `This is a test of ${target}: alerts arrive here, and there is nothing to do.`,
  help: null,
  repeat: false,
  organization: null,
  count: 1,
  about: [{ type: "alert", id: target, name: null, organization: null, since: iso(at) }],
});

/** `body`: the JSON form. Throws for a variant that no form has. */
export function composeAlert(body: string, variant: number): string {
  const form = alertForms[variant];
  if (form === undefined) throw new Error(`Alerts have no variant ${variant}.`);
  return form === "json" ? body : JSON.stringify(written[form](JSON.parse(body) as AlertBody));
}

const written: Readonly<Record<Exclude<AlertForm, "json">, (body: AlertBody) => object>> = {
  /** An incoming webhook of Slack. `plain_text`, so that no name in it mentions anybody or becomes a link. */
  slack: ({ text, help }) => ({
    text: slackText(text),
    blocks: [
      { type: "section", text: { type: "plain_text", text, emoji: false } },
      ...(help === null
        ? []
        : [{ type: "context", elements: [{ type: "plain_text", text: helpLine(help), emoji: false }] }]),
    ],
  }),
  /** What a webhook of Teams' Workflows takes. Rich text has no Markdown in it, which names could use. */
  teams: ({ text, help }) => ({
    type: "message",
    attachments: [
      {
        contentType: "application/vnd.microsoft.card.adaptive",
        contentUrl: null,
        content: {
          $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
          type: "AdaptiveCard",
          version: "1.4",
          fallbackText: text,
          body: [text, ...(help === null ? [] : [helpLine(help)])].map((line, place) => ({
            type: "RichTextBlock",
            inlines: [{ type: "TextRun", text: line, ...(place > 0 && { isSubtle: true }) }],
          })),
        },
      },
    ],
  }),
};

const helpLine = (help: string): string => `More in Belfry's docs/alerts.md: ${help}`;

/** The three characters that mean something in it [Slack: formatting text for app surfaces]. */
const slackText = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
