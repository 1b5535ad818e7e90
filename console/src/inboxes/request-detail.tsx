// One request as it came: whether its signature holds, its headers in their order, its body.

import type { InboxRequest } from "../api/types.ts";
import { Json } from "../parts/json.tsx";
import { Mark } from "../parts/mark.tsx";
import { Moment } from "../parts/moment.tsx";
import { Link } from "../route/link.tsx";
import { address } from "../route/place.ts";
import { bytes } from "../words/bytes.ts";
import type { Checked } from "./verify.ts";

interface RequestDetailProps {
  readonly request: InboxRequest;
  /** By the secret that was pasted; null: none was. */
  readonly checked: Checked | null;
  /** Whoever watches may open the delivery and its subscription. */
  readonly isLinked: boolean;
}

export function RequestDetail({ request, checked, isLinked }: RequestDetailProps) {
  const { number, at, method, from, headers, answered } = request;
  return (
    <section class="card" aria-labelledby="request">
      <h2 id="request">
        Request {number} <span class="chip">{method}</span>
      </h2>
      <p class="muted">
        <Moment at={at} as="clock" /> {from === "belfry" ? "from this Belfry, without a connection" : "over HTTP"}, body
        of {bytes(request.body_bytes)}, answered {answered.status}
        {answered.delay_ms > 0 && ` after ${answered.delay_ms.toLocaleString("en-US")} ms`}
      </p>
      <Signature request={request} checked={checked} isLinked={isLinked} />
      <h3>Body</h3>
      <Body request={request} />
      <h3>Headers</h3>
      <div class="table-frame">
        <table class="table headers">
          <tbody>
            {headers.map(([name, value], index) => (
              // oxlint-disable-next-line react/no-array-index-key -- a header may come twice
              <tr key={index}>
                <th scope="row">{name}</th>
                <td>
                  <code>{value}</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

const deliveryOf = ({ from, headers }: InboxRequest): string | undefined =>
  from === "belfry" ? headers.find(([name]) => name === "belfry-delivery")?.[1] : undefined;

function Signature({ request, checked, isLinked }: RequestDetailProps) {
  const { verification } = request;
  const delivery = isLinked ? deliveryOf(request) : undefined;
  return (
    <div class="verdicts">
      {verification !== null && (
        <p>
          <Mark
            shape={verification.fault === null ? "delivering" : "failed"}
            word={verification.fault === null ? "verified" : "bad signature"}
          />{" "}
          {verification.fault === null ? "It fits the secret of" : `${verification.fault} Tried with the secret of`}{" "}
          {isLinked ? (
            <Link to={address(`/subscriptions/${verification.subscription}`)}>its subscription</Link>
          ) : (
            <code>{verification.subscription}</code>
          )}
          .
          {delivery !== undefined && (
            <>
              {" "}
              <Link to={address(`/deliveries/${delivery}`)}>Its delivery with every attempt</Link>
            </>
          )}
        </p>
      )}
      {checked !== null && (
        <p>
          <Mark shape={checked.fits ? "delivering" : "failed"} word={checked.fits ? "verified" : "not verified"} />{" "}
          {checked.fits ? "It fits the secret that you pasted." : checked.why}
        </p>
      )}
      {verification === null && checked === null && (
        <p>
          <Mark shape="unknown" word="unverified" /> Paste a signing secret to verify it.
        </p>
      )}
    </div>
  );
}

function Body({
  request: { body, body_encoding: encoding, body_bytes: size, is_cut: isCut },
}: {
  readonly request: InboxRequest;
}) {
  if (size === 0) return <p class="muted">It has none.</p>;
  return (
    <>
      {isCut && <p class="tone-warn">Only the first 64 KiB are kept.</p>}
      {encoding === "base64" ? (
        <p class="muted">
          It is no text. As base64: <code class="wrap">{body}</code>
        </p>
      ) : (
        <Json text={body} what="Body" />
      )}
    </>
  );
}
