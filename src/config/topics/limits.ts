// Settings of limits: attempts at a time, integrations, memory and bodies.

import { size, whole } from "../kinds.ts";
import { setting } from "../setting.ts";

export const limits = {
  capSubscription: setting(whole(1, 64), "4", "How many attempts one subscription may have in progress."),
  capOrganization: setting(whole(1, 65_536), "64", "How many attempts one organization may have in progress."),
  capHost: setting(
    whole(1, 65_536),
    "64",
    "How many attempts may go to one host and port at a time, over all organizations.",
  ),
  capAll: setting(
    whole(1, 65_536),
    "2048",
    "How many attempts may be in progress in all. After a crash as many may be sent twice.",
  ),
  integrationsBuilding: setting(
    whole(1, 10_000),
    "1000",
    "How many ButterflyMX integrations a building may have, those of its tenants not counted.",
  ),
  integrationsTenant: setting(whole(1, 10_000), "1000", "How many ButterflyMX integrations a tenant may have."),
  memoryRows: setting(
    whole(1000, 1_000_000),
    "65536",
    "How many deliveries are kept in memory. The rest wait on the disk.",
  ),
  memoryBytes: setting(size("1MiB", "1GiB"), "64MiB", "How large their bodies may be together."),
  bodyMax: setting(size("1KiB", "64MiB"), "5MiB", "Largest body of POST /v1/observations and POST /v1/events."),
  bodyTotal: setting(
    size("64KiB", "256MiB"),
    "8MiB",
    "How much of large request bodies is read at a time. Reading one takes about ten times its size in memory.",
  ),
};
