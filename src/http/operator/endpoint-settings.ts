// How a subscription's receiver is called, beyond what the vendor's API says: fixed headers, a client certificate, authorities.
// Part of PATCH /v1/subscriptions/{id}; the audit names what was set and never a value.

import { z } from "zod";
import { BelfryError } from "../../errors.ts";
import { mostHeaders, withHeaders } from "../../model/delivery-options.ts";
import type { Endpoint, Subscription } from "../../model/subscription.ts";
import type { OperatorDeps } from "./deps.ts";

const pem = (most: number) => z.string().min(1).max(most);

export const endpointFields = {
  headers: z
    .record(z.string(), z.string())
    .refine((given) => Object.keys(given).length <= mostHeaders, `must have at most ${mostHeaders} names`)
    .nullable()
    .optional()
    .describe("Sent with every delivery, instead of those before; null: none."),
  client_certificate: z
    .strictObject({
      certificate: pem(64 * 1024).describe("PEM: the client's own, then those that lead to an authority."),
      private_key: pem(16 * 1024).describe("PEM, without a passphrase. It is never shown again."),
    })
    .nullable()
    .optional()
    .describe("Shown to the receiver in TLS; null: none."),
  ca_certificates: pem(128 * 1024)
    .nullable()
    .optional()
    .describe(
      "PEM of the authorities of which the receiver's certificate must be, instead of the usual ones; null: those.",
    ),
};

type EndpointEdit = z.output<z.ZodObject<typeof endpointFields>>;

type EndpointRules = Pick<OperatorDeps, "headers" | "clientCertificate" | "authorities">;

/** The endpoint as it shall be, of the subscription as it is; null: that changes nothing. Throws INVALID. */
export type EndpointChange = (current: Subscription) => { readonly set: string[]; readonly endpoint: Endpoint } | null;

/** Throws INVALID for what can be told without the subscription. `now`: epoch ms. */
export function endpointChange(edit: EndpointEdit, deps: EndpointRules, now: number): EndpointChange {
  const client = given(edit.client_certificate, "client_certificate", ({ certificate, private_key: privateKey }) =>
    deps.clientCertificate({ certificate, privateKey }, now),
  );
  const authorities = given(edit.ca_certificates, "ca_certificates", (text) => deps.authorities(text, now));
  const { headers } = edit;

  return ({ endpoint: before }) => {
    const verdict = deps.headers(headers ?? {}, before);
    if (!verdict.allowed) throw faultOf("headers", verdict.message);
    if ((client || authorities) && !/^https:/i.test(before.url)) {
      const name = client ? "client_certificate" : "ca_certificates";
      throw faultOf(name, "Certificates are for https: this subscription has an http URL. Change that first.");
    }
    const { clientCertificate: oldClient, authorities: oldAuthorities, ...bare } = before;
    const next = {
      clientCertificate: client === undefined ? oldClient : (client ?? undefined),
      authorities: authorities === undefined ? oldAuthorities : (authorities ?? undefined),
    };
    const endpoint: Endpoint = {
      ...(headers === undefined ? bare : withHeaders(bare, headers)),
      ...(next.clientCertificate && { clientCertificate: next.clientCertificate }),
      ...(next.authorities && { authorities: next.authorities }),
    };
    const asked = { headers, client_certificate: client, ca_certificates: authorities };
    const set = Object.entries(asked).flatMap(([name, value]) => (value === undefined ? [] : [name]));
    return JSON.stringify(endpoint) === JSON.stringify(before) ? null : { set, endpoint };
  };
}

/** undefined stays, null stays; what is given is read, and throws INVALID where that says what is wrong. */
function given<Given, Read extends object>(
  value: Given | null | undefined,
  name: string,
  read: (value: Given) => Read | string,
): Read | null | undefined {
  if (value === undefined) return undefined;
  if (value === null) return null;
  const found = read(value);
  if (typeof found === "string") throw faultOf(name, `${name} cannot be used. ${found}`);
  return found;
}

const faultOf = (path: string, message: string) =>
  new BelfryError("INVALID", message, { problems: [{ path, code: "INVALID", message }] });
