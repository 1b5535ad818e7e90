// `GET /v1/asyncapi/butlr.json`, open to everybody: it says nothing about this installation.

import type { HttpScope, RouteDocument } from "../../../http/scope.ts";
import { asyncApi } from "./document.ts";

const document: RouteDocument = {
  summary: "The AsyncAPI document of the webhooks in Butlr's format. Needs no key.",
  isOpen: true,
  answers: { 200: { type: "object" } },
};

export function asyncApiRoute(scope: HttpScope, version: string): void {
  // One text for all answers.
  const text = JSON.stringify(asyncApi(version));
  scope.get("/v1/asyncapi/butlr.json", { config: { document } }, async (_, reply) =>
    reply.type("application/json; charset=utf-8").send(text),
  );
}
