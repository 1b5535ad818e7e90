// What belfry subscriptions show tells of one subscription: how it stands, and the settings that differ from what a new one has.

import { waitingOf } from "../words/subscription.ts";
import { plural } from "../words/plural.ts";
import { span } from "../words/time.ts";
import { cell } from "./cells.ts";
import { asRecord, type Json } from "./json.ts";
import { factLines, receiverWords } from "./owned-things.ts";

type Fact = readonly [name: string, value: string];

/** `status`: the word and the sentence; `types`: that it takes. */
export function subscriptionFacts(subscription: Json, status: string, types: readonly string[]): string {
  const { endpoint, lane } = subscription;
  const of = asRecord(asRecord(lane)["status"]);
  const failure = asRecord(of["last_failure"]);
  return factLines([
    ["id", cell(subscription["id"])],
    ["name", cell(subscription["name"])],
    ["organization", cell(subscription["organization"])],
    ["takes", types.join(", ") || "-"],
    ["goes to", cell(asRecord(endpoint)["url"])],
    ...settingsOf(subscription),
    ["status", status],
    ["lane", of["state"] === undefined ? "-" : `${cell(of["state"])}, waits for: ${cell(of["waiting_for"])}`],
    ["wait", toldWaiting(subscription)],
    ["oldest due", cell(of["oldest_due"])],
    [
      "last failure",
      failure["code"] === undefined ? "-" : `${cell(failure["at"])}: the receiver ${receiverWords(failure)}`,
    ],
  ]);
}

/** A number of deliveries, as exact as the server tells. */
function toldWaiting(subscription: Json): string {
  const wait = waiting(subscription);
  if (wait === null) return "-";
  if (wait.count === 0 && wait.more) return "some, on the disk";
  return `${wait.more ? "at least " : ""}${plural(wait.count, "delivery", "deliveries")}`;
}

/** The same for a table: `12`, `10,000+`; `yes`: only that there are some is known. */
export function waitCell(subscription: Json): string {
  const wait = waiting(subscription);
  if (wait === null) return "-";
  return wait.count === 0 && wait.more ? "yes" : `${wait.count.toLocaleString("en-US")}${wait.more ? "+" : ""}`;
}

const waiting = ({ lane = { status: null }, figures }: Json) =>
  waitingOf({ lane, figures } as unknown as Parameters<typeof waitingOf>[0]);

/** Those that differ from what a new subscription has; and when it is disabled, which the installation decides. */
function settingsOf(subscription: Json): readonly Fact[] {
  const lane = asRecord(subscription["lane"]);
  const endpoint = asRecord(subscription["endpoint"]);
  const facts: readonly (readonly [name: string, value: string | null])[] = [
    ["scope", scopeOf(asRecord(subscription["scope"]))],
    ["filters", subscription["filters"] == null ? null : cell(subscription["filters"])],
    ["only changes", yes(subscription["send_on_value_change"])],
    ["minutes", subscription["repeat_minutes"] === 5 ? "sent in five minutes on end" : null],
    ["order", subscription["order"] === "subject" ? "of each subject: one after another" : null],
    ["mode", subscription["mode"] === "latest" ? "latest: of states that wait only the newest is sent" : null],
    ["heartbeat", seconds(subscription["heartbeat_s"], "after", " without a request")],
    ["rate limit", rateOf(asRecord(subscription["rate_limit"]))],
    ["at a time", count(lane["max_in_flight"], "at most")],
    ["retries", retriesOf(lane["retry_delays_ms"])],
    ["timeout", typeof endpoint["timeout_ms"] === "number" ? span(endpoint["timeout_ms"]) : null],
    ["auto-disable", disabledAfter(subscription["auto_disable_after_s"])],
    ["signatures", listed(subscription["signatures"], ["standard"])],
    ["credentials", credentialsOf(endpoint)],
    ["payload", payloadOf(subscription)],
  ];
  return facts.filter((fact): fact is Fact => fact[1] !== null);
}

const yes = (value: unknown): string | null => (value === true ? "yes" : null);

const count = (value: unknown, before: string): string | null =>
  typeof value === "number" ? `${before} ${value}` : null;

const seconds = (value: unknown, before: string, after = ""): string | null =>
  typeof value === "number" ? `${before} ${span(value * 1_000)}${after}` : null;

const scopeOf = ({ kind, id }: Json): string | null =>
  kind === undefined || kind === "organization" ? null : `${cell(kind)} ${cell(id)}`;

const rateOf = ({ per_second: rate, burst }: Json): string | null =>
  rate === undefined ? null : `${cell(rate)} a second, ${cell(burst)} at once after a pause`;

function retriesOf(delays: unknown): string | null {
  if (!Array.isArray(delays)) return null;
  return delays.length === 0 ? "none" : `after ${delays.map((ms) => span(Number(ms))).join(", ")}`;
}

const disabledAfter = (value: unknown): string | null =>
  value === null ? "never by itself" : seconds(value, "after", " without a success");

function listed(value: unknown, usual: readonly string[]): string | null {
  if (!Array.isArray(value) || value.join() === usual.join()) return null;
  return value.map(cell).join(", ");
}

/** Names alone: values of secrets are never shown. */
function credentialsOf(endpoint: Json): string | null {
  const { header_names: names } = endpoint;
  const parts = [
    ...(endpoint["has_api_key"] === true ? [`key in ${cell(endpoint["api_key_header"])}`] : []),
    ...(endpoint["has_basic_auth"] === true ? [`basic auth of ${cell(endpoint["basic_auth_username"])}`] : []),
    ...(Array.isArray(names) && names.length > 0 ? [`headers ${names.map(cell).join(", ")}`] : []),
    ...(endpoint["client_certificate"] ? ["a client certificate"] : []),
    ...(endpoint["ca_certificates"] ? ["authorities of its own"] : []),
  ];
  return parts.length === 0 ? null : parts.join("; ");
}

function payloadOf({ dialect, payload_format: format, secrecy, include_locked: locked }: Json): string | null {
  if (dialect !== "butterflymx") return null;
  const parts = [
    ...(format === "both" ? [] : [cell(format)]),
    ...(secrecy === true ? ["without names, pictures and e-mails"] : []),
    ...(locked === true ? ["also of doors that did not open"] : []),
  ];
  return parts.length === 0 ? null : parts.join("; ");
}
