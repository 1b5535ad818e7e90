// Settings of where webhooks may go.

import { list, text, truth } from "../kinds.ts";
import { setting } from "../setting.ts";

export const destinations = {
  allowNetworks: setting(
    list("cidr,…"),
    "",
    "Networks that webhooks may go to although they are not public, such as 10.1.0.0/16,fd00:5::/32.",
  ),
  allowLoopback: setting(truth, "false", "Also allows loopback addresses in those networks; opens nothing by itself."),
  allowMetadata: setting(
    truth,
    "false",
    "Also allows link-local and cloud metadata addresses in those networks; opens nothing by itself.",
  ),
  denyNetworks: setting(
    list("cidr,…"),
    "",
    "Networks that webhooks may not go to although they are public or allowed above, such as 203.0.113.0/24.",
  ),
  allowNames: setting(
    list("name,…"),
    "",
    "Names inside your network that webhooks may go to, such as bms.internal,*.svc.cluster.local; opens no address by itself.",
  ),
  allowHttp: setting(truth, "false", "Allows webhooks without TLS."),
  allowPorts: setting(
    text("ports"),
    null,
    "Ports that webhooks may go to besides 443 and those from 1024 up, such as 80,9-12.",
  ),
  caFile: setting(text("file"), null, "PEM file of certificate authorities to trust besides those of the system."),
  dnsServers: setting(
    list("ip:port,…"),
    "",
    "Name servers for the host names of receivers. Without any, the system looks names up, hosts file included.",
  ),
};
