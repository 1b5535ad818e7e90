// Port: may Belfry call this address, send this header? Asked by the APIs when a subscription is created and by the
// sender before every connection; both get the same answer.

import type { Endpoint } from "../model/subscription.ts";

/** `message` tells the owner what to change and never what a name resolved to. */
export type Verdict =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly code: string; readonly message: string };

export interface DestinationGuard {
  /** Judges scheme, form, port, literal address and name; a name that resolves is judged by all its addresses, one that
   * does not is allowed for now [design §4.9]. `organization`: for whom the name is looked up. */
  url(url: string, organization: string): Promise<Verdict>;
  /** Judges a header that the owner named: token characters, not reserved, value printable ASCII. `basicAuth`: the
   * subscription has basic authentication too, so that Authorization is taken. */
  header(name: string, value: string, basicAuth?: boolean): Verdict;
  /** Judges all headers of the owner's choice together: none may be there twice, however it is written. */
  headers(headers: Readonly<Record<string, string>>, beside: Pick<Endpoint, "apiKey" | "basicAuth">): Verdict;
}
