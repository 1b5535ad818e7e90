// Settings of the log.

import { oneOf } from "../kinds.ts";
import { setting } from "../setting.ts";

export const log = {
  logLevel: setting(
    oneOf("level", ["silent", "error", "warn", "info", "debug"]),
    "info",
    "What is logged, as JSON lines on stderr: silent, error, warn, info or debug.",
  ),
};
