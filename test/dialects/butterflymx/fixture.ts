// The dialect behind a real server on a real store, with two organizations in it and a key for everybody.

import { fastify, type InjectOptions } from "fastify";
import { systemRandom } from "../../../src/clock.ts";
import { createButterflymx } from "../../../src/dialects/butterflymx/index.ts";
import { sayWhenToRetry } from "../../../src/http/retry-after.ts";
import { noteRoutes } from "../../../src/http/known-routes.ts";
import type { DestinationGuard } from "../../../src/delivery/destination-guard.ts";
import type { DoorBridge } from "../../../src/delivery/door-bridge.ts";
import { BelfryError } from "../../../src/errors.ts";
import type { Authenticator } from "../../../src/auth/authenticator-port.ts";
import type { ModelDocument } from "../../../src/building/document.ts";
import { grantsOf } from "../../../src/building/entitled.ts";
import { createModelChanges } from "../../../src/organizations/replace-model.ts";
import { placeIdsOf } from "../../../src/building/place-ids.ts";
import type { Principal } from "../../../src/model/principal.ts";
import type { AuditEntry, Registry } from "../../../src/store/registry.ts";
import type { SignInStore } from "../../../src/store/sign-ins.ts";
import { openTestStore } from "../../fixtures/test-store.ts";
import { newSecret } from "../../../receiver/src/index.ts";
import { liveOrganizations } from "../../fixtures/live-organizations.ts";
import { northDocument, southDocument } from "./place.ts";
import { noSignIns } from "../../fixtures/no-sign-ins.ts";
import { createContract, type OpenApiDocument } from "../../fixtures/contract.ts";
import { notingLog } from "../../fixtures/noted-log.ts";

const now = 1_750_000_000_000;

/** By token. */
export const principals: Readonly<Record<string, Principal>> = {
  operator: { key: "k_operator", role: "operator", organization: null, targets: [] },
  north: { key: "k_north", role: "organization", organization: "org_north", targets: [] },
  south: { key: "k_south", role: "organization", organization: "org_south", targets: [] },
  viewer: { key: "k_viewer", role: "viewer", organization: "org_north", targets: [] },
  ingest: { key: "k_ingest", role: "ingest", organization: "org_north", targets: [] },
  one_quay: { key: "k_one", role: "building", organization: "org_north", targets: ["building_1"] },
  two_quay: { key: "k_two", role: "building", organization: "org_north", targets: ["building_2"] },
  alia: { key: "k_alia", role: "tenant", organization: "org_north", targets: ["alia"] },
  duncan: { key: "k_duncan", role: "tenant", organization: "org_north", targets: ["duncan"] },
  // Whose names are those of others.
  namesake: { key: "k_namesake", role: "tenant", organization: "org_north", targets: ["building_1"] },
  not_alia: { key: "k_not_alia", role: "building", organization: "org_north", targets: ["alia"] },
  not_one_quay: { key: "k_not_one", role: "building", organization: "org_south", targets: ["building_1"] },
  alia_of_south: { key: "k_alia_south", role: "tenant", organization: "org_south", targets: ["alia"] },
};

export interface HouseOptions {
  /** Default: north and south. */
  readonly documents?: readonly ModelDocument[];
  /** Default: knows `principals` by their tokens. */
  readonly authenticator?: (registry: Registry, signIns: SignInStore) => Promise<Authenticator>;
  /** What the dialect is given instead of a part of the store or the place, such as one that notes its calls. */
  readonly watch?: <Part extends object>(name: string, part: Part) => Part;
}

export async function openHouse(options: HouseOptions = {}) {
  const { documents = [northDocument, southDocument], watch = (_, part) => part } = options;
  const clock = { now: () => now, monotonic: () => 0, after: () => () => {} };
  const store = await openTestStore({ directory: null, masterKey: new Uint8Array(32).fill(7), clock });
  const { registry, place } = liveOrganizations(store.registry, clock);
  for (const document of documents) {
    const { id, name } = document.organization;
    await registry.ensureOrganization(id, name, audit("organization.create"));
    await putModel(registry, document);
  }
  const slowDown = (name: string | undefined, address: string | undefined) => {
    if (name === "guesser" && address === "127.0.0.1") throw new BelfryError("TOO_MANY_REQUESTS", "Wait a minute.");
  };
  const byName: Authenticator = {
    principal: async (authorization, address) => {
      const token = authorization?.replace(/^Bearer /, "");
      slowDown(token, address);
      return principals[token ?? ""] ?? null;
    },
    login: async (id, secret, address) => {
      slowDown(id, address);
      const principal = principals[id];
      if (principal === undefined || secret !== "s3:cr+et %") return null;
      return { accessToken: id, expiresIn: 86_400, principal };
    },
  };
  const judged: string[] = [];
  /** Tests may put something in its place. */
  const judge: { url: DestinationGuard["url"]; headers: DestinationGuard["headers"] } = {
    url: async (url) => {
      judged.push(url);
      if (url.startsWith("https://") && !url.startsWith("https://10.")) return { allowed: true };
      return { allowed: false, code: "ADDRESS_NOT_ALLOWED", message: "Give an https address on the public internet." };
    },
    headers: () => ({ allowed: true }),
  };
  const logged: object[] = [];
  /** Tests may put something in its place. */
  let opening: DoorBridge["open"] = async () => true;
  const dialect = createButterflymx({
    registry: watch("registry", registry),
    place: watch("place", place),
    authenticator: (await options.authenticator?.(store.registry, store.signIns)) ?? byName,
    ...noSignIns,
    guard: { url: (url, organization) => judge.url(url, organization), headers: (...given) => judge.headers(...given) },
    clock,
    random: systemRandom,
    newSecret,
    entitled: grantsOf,
    newSigningKey: () => ({ privateKey: "whsk_", publicKey: "whpk_" }),
    models: createModelChanges({ registry, clock }),
    history: watch("history", store.history),
    qrKey: new Uint8Array(32),
    publicUrl: null,
    newGuid: () => "guid",
    doorBridge: { open: (request) => opening(request) },
    doorBridgeUrl: "https://bridge.example/",
    log: notingLog(({ facts }) => logged.push(facts)),
  });
  const server = fastify();
  sayWhenToRetry(server);
  const known = noteRoutes(server);
  await dialect.routes(server);

  const document = (await server.inject("/v1/openapi/butterflymx.json")).json<OpenApiDocument>();
  const contract = contractOf(document);
  const call = async (method: InjectOptions["method"], url: string, options: Call = {}) => {
    const { as = "north", body, text, type = "application/json", headers = {} } = options;
    const payload = text ?? (body === undefined ? undefined : JSON.stringify(body));
    const answer = await server.inject({
      method: method ?? "GET",
      url,
      headers: {
        ...(as === null ? {} : { authorization: `Bearer ${as}` }),
        ...(payload === undefined ? {} : { "content-type": type }),
        ...headers,
      },
      ...(payload === undefined ? {} : { payload }),
    });
    const sent = payload === undefined ? {} : { sent: { type, text: payload } };
    const [status, answered] = [answer.statusCode, answer.headers["content-type"] ?? null];
    contract({ method: method ?? "GET", url, ...sent, status, type: answered, text: answer.body });
    return {
      status: answer.statusCode,
      type: answer.headers["content-type"],
      headers: answer.headers,
      text: answer.body,
      body: answer.body === "" ? null : JSON.parse(answer.body),
    };
  };
  const close = async () => {
    await server.close();
    await store.close();
  };
  const onOpen = (open: DoorBridge["open"]) => void (opening = open);
  /** Those of the vendor's API. */
  const routes = async () => {
    await server.ready();
    return known.filter(({ method, path }) => method !== "HEAD" && !/^\/v1\/|\*/.test(path));
  };
  return { document, routes, onOpen, store, registry, server, dialect, judge, judged, logged, call, close };
}

/** One for all houses of a file, whose documents are the same. */
let contract: ReturnType<typeof createContract> | null = null;
const contractOf = (document: OpenApiDocument) => (contract ??= createContract(document));

export interface Call {
  /** A key of `principals`; null: nobody. */
  readonly as?: string | null;
  readonly body?: unknown;
  readonly text?: string;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The body of the guide, with the parts that a test cares about. */
export function requestFor(
  url: string,
  bindings: readonly object[] = [
    { resource_type: "access_log", actions: ["create"] },
    { resource_type: "call", actions: ["create"] },
  ],
): object {
  return {
    data: {
      type: "integrations",
      attributes: { integrator: "webhook", configuration: { url, method: "post" }, bindings },
    },
  };
}

export async function putModel(registry: Registry, document: ModelDocument): Promise<void> {
  const written = await registry.change({
    organization: document.organization.id,
    revision: null,
    model: { document: JSON.stringify(document), places: placeIdsOf(document) },
    audit: [audit("model.put")],
  });
  if (written.status !== "done") throw new Error(`The model was not written: ${written.status}`);
}

function audit(action: string): AuditEntry {
  return { at: now, actor: "system", action, object: "test", detail: null };
}
