// The request of an attempt: headers folded, body with folding, and all of it to copy as curl. What lets Belfry in, and signatures, are
// said to be there and not shown.

import type { Attempt, DeliveryRequest } from "../api/types.ts";
import { Copy } from "../parts/id.tsx";
import { Json } from "../parts/json.tsx";
import { curlOf } from "../subscriptions/verify-samples.ts";

/** The headers as they were with this attempt: time and number are its own. */
function headersOf({ headers }: DeliveryRequest, attempt: Attempt | null): DeliveryRequest["headers"] {
  if (attempt === null) return headers;
  const own: Readonly<Record<string, string>> = {
    "webhook-timestamp": String(Math.floor(Date.parse(attempt.started_at) / 1_000)),
    "belfry-attempt": String(attempt.attempt),
  };
  return headers.map(({ name, value }) => ({ name, value: own[name] ?? value }));
}

export function RequestHead({ request, attempt }: { readonly request: DeliveryRequest; readonly attempt: Attempt }) {
  return (
    <details class="folded">
      <summary>Request headers</summary>
      <HeaderList request={request} attempt={attempt} />
    </details>
  );
}

function HeaderList({ request, attempt }: { readonly request: DeliveryRequest; readonly attempt: Attempt | null }) {
  return (
    <dl class="headers">
      {headersOf(request, attempt).map(({ name, value }) => (
        <div key={name}>
          <dt>
            <code>{name}</code>
          </dt>
          <dd>{value === null ? <span class="muted">not shown</span> : <code class="wrap">{value}</code>}</dd>
        </div>
      ))}
    </dl>
  );
}

export function RequestCard({ request }: { readonly request: DeliveryRequest }) {
  return (
    <section class="card" aria-labelledby="request">
      <h2 id="request">Request</h2>
      <p>
        <code>{request.method}</code> <code class="wrap">{request.url}</code>
      </p>
      <p class="muted">As its subscription is now. Each attempt has its own time and number.</p>
      <details class="folded">
        <summary>Headers</summary>
        <HeaderList request={request} attempt={null} />
      </details>
      <Json text={request.body} what="Body" />
      <p class="acts">
        <Copy text={curlOf(request.url, request.headers, request.body)} what="as curl" label="Copy as curl" />
      </p>
    </section>
  );
}
