// Settings of inboxes.

import { truth } from "../kinds.ts";
import { setting } from "../setting.ts";

export const inboxes = {
  inbox: setting(
    truth,
    "false",
    "Lets people make inboxes: addresses of this server that show what arrives. Webhooks to them never leave the process.",
  ),
};
