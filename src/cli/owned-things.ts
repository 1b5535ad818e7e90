// What the commands about subscriptions and deliveries share: whose they are, and how they are printed.

import type { Terminal } from "./terminal.ts";

export interface OfOrganization {
  /** Whose, where several organizations have one of this id. */
  readonly organization?: string;
}

export const organizationHeaders = ({ organization }: OfOrganization): Readonly<Record<string, string>> =>
  organization === undefined ? {} : { "belfry-organization": organization };

export const jsonLines = (answers: readonly unknown[]): string =>
  answers.map((each) => `${JSON.stringify(each)}\n`).join("");

/** Tables are cut to a terminal's width, and to none where a program reads them. */
export const widthOf = (terminal: Pick<Terminal, "redraws" | "columns">): number =>
  terminal.redraws ? terminal.columns() : Number.POSITIVE_INFINITY;

export const localZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone;
