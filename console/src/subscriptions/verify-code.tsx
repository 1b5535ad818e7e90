// How a receiver verifies deliveries, to copy. The standard signature is that of Standard Webhooks, for which every language has a
// library.

import { useState } from "preact/hooks";
import { Copy } from "../parts/id.tsx";

const samples: Readonly<Record<string, string>> = {
  Node: `import { Webhook } from "standardwebhooks"; // npm install standardwebhooks

const webhook = new Webhook(process.env.SIGNING_SECRET);

// body: the text as it came, before it is parsed
const event = webhook.verify(body, request.headers);`,
  Python: `from standardwebhooks.webhooks import Webhook  # pip install standardwebhooks

webhook = Webhook(os.environ["SIGNING_SECRET"])

# body: the text as it came, before it is parsed
event = webhook.verify(body, dict(request.headers))`,
  Go: `import standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

webhook, err := standardwebhooks.NewWebhook(os.Getenv("SIGNING_SECRET"))

// body: the bytes as they came, before they are parsed
err = webhook.Verify(body, request.Header)`,
  Shell: `# body: a file with the body as it came
key=$(printf %s "\${SIGNING_SECRET#whsec_}" | base64 -d | xxd -p -c 256)
{ printf %s.%s. "$WEBHOOK_ID" "$WEBHOOK_TIMESTAMP"; cat body; } |
  openssl dgst -sha256 -mac HMAC -macopt hexkey:$key -binary | base64
# equals what follows "v1," in the header webhook-signature`,
};

export function VerifyCode() {
  const [language, setLanguage] = useState("Node");
  const text = samples[language]!;
  return (
    <section class="card" aria-labelledby="verify">
      <h2 id="verify">Verify a delivery</h2>
      <div class="tabs small" role="group" aria-label="Language">
        {Object.keys(samples).map((name) => (
          <button key={name} type="button" aria-pressed={name === language} onClick={() => setLanguage(name)}>
            {name}
          </button>
        ))}
      </div>
      <div class="command">
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls */}
        <pre tabIndex={0}>{text}</pre>
        <Copy text={text} what="code" />
      </div>
    </section>
  );
}
