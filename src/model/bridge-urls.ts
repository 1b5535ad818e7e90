// The URLs of door bridges within the text of a building model. As with webhooks, the path of such a URL may be the only secret
// that its bridge has: the store seals it, and viewers see its host alone. Pure.

/** As a text of JSON without white space has it. Within a string the quotes would be escaped. */
export const bridgeUrlMember = '"door_bridge_url":"';
const members = /"door_bridge_url":("(?:[^"\\]|\\.)+")/g;

/** The text with each of these URLs replaced; itself, where it has none. A URL that cannot be read stays as it is. */
export function mapBridgeUrls(text: string, map: (url: string) => string): string {
  if (!text.includes(bridgeUrlMember)) return text;
  return text.replace(members, (member: string, value: string) => {
    try {
      return `"door_bridge_url":${JSON.stringify(map(JSON.parse(value) as string))}`;
    } catch {
      return member;
    }
  });
}
