// How a receiver verifies deliveries, to copy; and a request as Belfry sends it, to try the receiver with.

import { useState } from "preact/hooks";
import { Copy } from "../parts/id.tsx";
import { curlOf, verifySamples } from "./verify-samples.ts";

const headers = [{ name: "content-type", value: "application/json" }];
const texts: Readonly<Record<string, string>> = {
  ...verifySamples,
  curl: `# a signed request to your receiver, to see that it verifies\n${curlOf("https://localhost:8443/", headers, '{"type":"ROOM_OCCUPANCY"}')}`,
};

export function VerifyCode() {
  const [language, setLanguage] = useState("Node");
  const text = texts[language]!;
  return (
    <section class="card" aria-labelledby="verify">
      <h2 id="verify">Verify a delivery</h2>
      <div class="tabs small" role="group" aria-label="Language">
        {Object.keys(texts).map((name) => (
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
