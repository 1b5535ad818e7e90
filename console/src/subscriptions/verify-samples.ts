// Code that verifies a delivery, to copy, in each language without a library. Tests run it against what
// Belfry sends, Go's only where BELFRY_GO names its command.

const samples = {
  Node: `import { createHmac, timingSafeEqual } from "node:crypto";

// body: the bytes as they came, before they are parsed; headers: with names in small letters
export function verify(body, headers, secret = process.env.SIGNING_SECRET) {
  const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures } = headers;
  // An old delivery that somebody sends once more.
  if (!(Math.abs(Date.now() / 1000 - Number(timestamp)) < 300)) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const wanted = createHmac("sha256", key).update(\`\${id}.\${timestamp}.\`).update(body).digest();
  return signatures.split(" ").some((each) => {
    const given = Buffer.from(each.replace(/^v1,/, ""), "base64");
    return each.startsWith("v1,") && given.length === wanted.length && timingSafeEqual(given, wanted);
  });
}`,
  Python: `import base64, hashlib, hmac, os, time

# body: the bytes as they came, before they are parsed; headers: with names in small letters
def verify(body, headers, secret=os.environ.get("SIGNING_SECRET", "")):
    id, timestamp = headers["webhook-id"], headers["webhook-timestamp"]
    # An old delivery that somebody sends once more.
    if abs(time.time() - int(timestamp)) > 300:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    wanted = hmac.new(key, f"{id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    signature = "v1," + base64.b64encode(wanted).decode()
    return any(hmac.compare_digest(each, signature) for each in headers["webhook-signature"].split(" "))`,
  Go: `package receiver

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// body: the bytes as they came, before they are parsed
func Verify(body []byte, header http.Header, secret string) bool {
	id, timestamp := header.Get("webhook-id"), header.Get("webhook-timestamp")
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	// An old delivery that somebody sends once more.
	if err != nil || time.Since(time.Unix(seconds, 0)).Abs() > 5*time.Minute {
		return false
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return false
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + timestamp + "."))
	mac.Write(body)
	wanted := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	for _, each := range strings.Fields(header.Get("webhook-signature")) {
		if hmac.Equal([]byte(each), []byte(wanted)) {
			return true
		}
	}
	return false
}`,
  Shell: `# body: a file with the body as it came; the others as the headers say
key=$(printf %s "\${SIGNING_SECRET#whsec_}" | base64 -d | od -An -vtx1 | tr -d ' \\n')
wanted=$({ printf %s.%s. "$WEBHOOK_ID" "$WEBHOOK_TIMESTAMP"; cat body; } |
  openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64)
case " $WEBHOOK_SIGNATURE " in *" v1,$wanted "*) echo genuine ;; *) echo forged; exit 1 ;; esac`,
};

/** By language. */
export const verifySamples: Readonly<Record<string, string>> = samples;

/** Sends a body to a receiver as Belfry would: signed, with the headers given. Those without a value are not known here. */
export function curlOf(
  url: string,
  headers: readonly { readonly name: string; readonly value: string | null }[],
  body: string,
): string {
  const own = headers.filter(({ name }) => !/^webhook-(id|timestamp|signature)$/.test(name));
  const id = headers.find(({ name }) => name === "webhook-id")?.value ?? "event_1";
  return [
    `id=${quoted(id)} timestamp=$(date +%s)`,
    `body=${quoted(body)}`,
    `key=$(printf %s "\${SIGNING_SECRET#whsec_}" | base64 -d | od -An -vtx1 | tr -d ' \\n')`,
    `signature=$(printf %s.%s.%s "$id" "$timestamp" "$body" |`,
    `  openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64)`,
    `curl ${quoted(url)} \\`,
    `  -H "webhook-id: $id" -H "webhook-timestamp: $timestamp" -H "webhook-signature: v1,$signature" \\`,
    ...own.map(({ name, value }) =>
      value === null ? `  -H "${name}: $${variable(name)}" \\` : `  -H ${quoted(`${name}: ${value}`)} \\`,
    ),
    `  --data-binary "$body"`,
  ].join("\n");
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
const variable = (name: string): string => name.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_");
