// Every setting of the server, by topic. The key gives both names: `capAll` is the variable BELFRY_CAP_ALL and the flag
// --cap-all. Config, `serve --help` and the check of docs/settings.md are made from this table.

import type { Setting } from "./setting.ts";
import { data } from "./topics/data.ts";
import { delivery } from "./topics/delivery.ts";
import { destinations } from "./topics/destinations.ts";
import { inboxes } from "./topics/inboxes.ts";
import { limits } from "./topics/limits.ts";
import { log } from "./topics/log.ts";
import { network } from "./topics/network.ts";
import { retention } from "./topics/retention.ts";
import { signIn } from "./topics/sign-in.ts";

/** In the order of help and documents. */
export const topics: Readonly<Record<string, Readonly<Record<string, Setting>>>> = {
  Network: network,
  Data: data,
  Delivery: delivery,
  Retention: retention,
  Limits: limits,
  "Where webhooks may go": destinations,
  Inboxes: inboxes,
  "Sign-in": signIn,
  Log: log,
};

export const settings = {
  ...network,
  ...data,
  ...delivery,
  ...retention,
  ...limits,
  ...destinations,
  ...inboxes,
  ...signIn,
  ...log,
};

export type SettingName = keyof typeof settings;

/** All of them, read. Times in ms, sizes in bytes. */
export type Config = {
  readonly [Name in SettingName]: (typeof settings)[Name] extends Setting<infer Value> ? Value : never;
};

export const settingNames = Object.keys(settings) as readonly SettingName[];

/** `BELFRY_CAP_ALL` of `capAll`. */
export const variableOf = (name: string): string => `BELFRY_${name.replaceAll(/[A-Z]/g, "_$&").toUpperCase()}`;

/** `--cap-all` of `capAll`. */
export const flagOf = (name: string): string => `--${name.replaceAll(/[A-Z]/g, "-$&").toLowerCase()}`;
