// Settings of what is kept: where, under which key, and what this process does with it.

import { oneOf, text, whole } from "../kinds.ts";
import { setting } from "../setting.ts";

export const data = {
  data: setting(
    text("directory"),
    "./belfry-data",
    "Directory of master.key, operator.key, server.json and the embedded store. Each process has its own.",
  ),
  databaseUrl: setting(
    text("url"),
    null,
    "PostgreSQL instead of the embedded store: postgres://user:password@host:port/database. Any number of processes share one.",
  ),
  databaseConnections: setting(
    whole(4, 1_000),
    "16",
    "Connections of this process to PostgreSQL at most, without one for hints and those of upkeep.",
  ),
  role: setting(
    oneOf("role", ["all", "api", "delivery"]),
    "all",
    "With PostgreSQL: api takes requests, delivery makes attempts, all does both. The embedded store needs all.",
  ),
  masterKey: {
    ...setting(
      text("base64"),
      null,
      "Key that seals all secrets: 32 bytes in base64. Without it, master.key in the data directory, made at the first start.",
    ),
    secret: true,
  },
};
