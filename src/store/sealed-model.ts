// The text of a building model as it is stored: as it is, but for the URLs of door bridges, which are sealed with the data key of
// its organization. Pure, except that every seal is random.

import { bridgeUrlMember, mapBridgeUrls } from "../model/bridge-urls.ts";
import { open, seal, type SealedPlace } from "./vault.ts";

const mark = "sealed:";

/** Whether the text has anything to seal or to open. */
export const hasBridgeUrls = (text: string | null | undefined): text is string =>
  text?.includes(bridgeUrlMember) ?? false;

/** Throws nothing that `key` does not. */
export const sealModel = (key: Uint8Array, organization: string, text: string): string =>
  mapBridgeUrls(
    text,
    (url) => mark + Buffer.from(seal(key, placeOf(organization), Buffer.from(url))).toString("base64url"),
  );

/** One that does not open stays sealed: it leads nowhere. Those of older releases are in clear. */
export const openModel = (key: Uint8Array, organization: string, text: string): string =>
  mapBridgeUrls(text, (value) => {
    if (!value.startsWith(mark)) return value;
    try {
      return open(key, placeOf(organization), Buffer.from(value.slice(mark.length), "base64url")).toString();
    } catch {
      return value;
    }
  });

/** Whether an older release left one in clear. */
export function hasClearBridgeUrls(text: string): boolean {
  let found = false;
  mapBridgeUrls(text, (value) => {
    found ||= !value.startsWith(mark);
    return value;
  });
  return found;
}

const placeOf = (organization: string): SealedPlace => ({
  organization,
  table: "organization",
  row: organization,
  column: "door_bridge_url",
});
