// What the commands about subscriptions and deliveries share: whose they are, and how they are printed.

import type { Command } from "commander";
import { outcomeWords } from "../words/outcome.ts";
import { asText, type Json } from "./json.ts";
import { type ServerOptions, withServerOptions } from "./operator-client.ts";
import type { Terminal } from "./terminal.ts";

export interface OfOrganization {
  /** Whose, where several organizations have one of this id. */
  readonly organization?: string;
}

/** Of a command about one of them, or several by their ids. */
export interface ActOptions extends ServerOptions, OfOrganization {
  readonly json?: true;
}

/** Adds the options of ActOptions. */
export const ofOne = (command: Command): Command =>
  withServerOptions(command)
    .option("--organization <id>", "whose, where several organizations have one of this id")
    .option("--json", "print each answer as one JSON line");

export const organizationHeaders = ({ organization }: OfOrganization): Readonly<Record<string, string>> =>
  organization === undefined ? {} : { "belfry-organization": organization };

export const jsonLines = (answers: readonly unknown[]): string =>
  answers.map((each) => `${JSON.stringify(each)}\n`).join("");

/** Tables are cut to a terminal's width, and to none where a program reads them. */
export const widthOf = (terminal: Pick<Terminal, "redraws" | "columns">): number =>
  terminal.redraws ? terminal.columns() : Number.POSITIVE_INFINITY;

export const localZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** A line each, with what is said of each below one another. */
export function factLines(facts: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(...facts.map(([name]) => name.length));
  return facts.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join("");
}

/** What the receiver did at an attempt, a failure or a test: `answered 503`. */
export const receiverWords = ({ code, status }: Json): string =>
  outcomeWords(asText(code), typeof status === "number" ? status : null);
