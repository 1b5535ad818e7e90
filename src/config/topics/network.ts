// Settings of the network: where it listens, how many may connect, and how it is reached.

import { sharedSecret, text, webAddress, webBase, whole } from "../kinds.ts";
import { setting } from "../setting.ts";

export const network = {
  host: setting(text("address"), "127.0.0.1", "Address to listen on."),
  port: setting(whole(0, 65_535), "8080", "Port to listen on; 0 picks a free one."),
  connections: setting(
    whole(1, 1_000_000),
    "8192",
    "How many connections clients may have open. Beyond it, the address with most that showed no key gives way.",
  ),
  connectionsPerAddress: setting(
    whole(1, 1_000_000),
    "2048",
    "How many of them one address may have. Behind a proxy all clients share its address.",
  ),
  publicUrl: setting(
    webBase,
    null,
    "Where people reach this server, such as https://belfry.example. Without it, addresses in answers begin as the request did.",
  ),
  doorBridgeUrl: setting(
    webAddress,
    null,
    "Where requests to open a door are posted. Without it they are refused. A building of the model may name its own.",
  ),
  doorBridgeSecret: {
    ...setting(
      sharedSecret,
      null,
      "Signs these requests: whsec_ and 24 to 64 bytes in base64. Without it they are refused.",
    ),
    secret: true,
  },
};
