// The HTTP server with all that it answers, and how the operator finds it.

import { ensureOperatorKey } from "../auth/api-keys.ts";
import { drainMs, httpLimits } from "../config/parts.ts";
import type { Dialect } from "../dialects/dialect.ts";
import { createConsole } from "../http/console/console.ts";
import { countRequests, createHealthApi } from "../http/health.ts";
import { createElsewhere } from "../http/elsewhere.ts";
import { createOpenApiRoute, createOperatorApi } from "../http/operator/api.ts";
import { createOpenInbox, createOpenInboxApi } from "../http/operator/open-inbox.ts";
import { createServerIdentityRoute } from "../http/operator/server-identity.ts";
import { createSignInRoute } from "../http/operator/sessions.ts";
import { createHttpServer, type HttpServer } from "../http/server.ts";
import { type Routes, upToDate } from "../http/up-to-date.ts";
import { createIngestApi } from "../ingest/http/routes.ts";
import { leaveTraces, readOperatorKey, removeTraces, writeOperatorKey } from "../operator-files.ts";
import type { Service } from "../service.ts";
import { version } from "../version.ts";
import type { Ground } from "./ground.ts";
import type { Input } from "./input.ts";
import type { Nodes } from "./nodes.ts";
import type { Known } from "./organizations.ts";
import { type Behind, operatorDeps } from "./operator-api.ts";
import type { Sending } from "./sending.ts";

export interface Mounted extends Behind {
  readonly input: Input;
  readonly dialects: readonly Dialect[];
  readonly draining: () => boolean;
}

/** `nonce`: by which the command line knows that it talks to this server. */
export function assembleHttp({ input, dialects, draining, ...behind }: Mounted, nonce: string): HttpServer {
  const { config, metrics, log, clock } = behind.ground;
  const { registry, authenticator } = behind.known;
  const { inboxes } = behind.sending;
  const { nodes } = behind.delivery;
  const { host, port } = config;
  const server = createHttpServer({
    host,
    port,
    log,
    clock,
    limits: httpLimits(config),
    drainMs: drainMs(config) / 2,
    isShared: true,
  });
  countRequests(server.scope, metrics);
  const health = createHealthApi({
    clock,
    metrics,
    // Asked of the thread that accepts, where no reader stands in line.
    checks: { store: () => registry.key(""), ...(nodes !== null && { node: leaseOf(nodes) }) },
    draining,
  });
  if (config.role === "delivery") {
    server.mount(health);
    server.mount(createServerIdentityRoute({ version, nonce }));
    server.mount(createElsewhere());
    return server;
  }
  const mount = (routes: Routes): void => server.mount(upToDate(routes, nodes?.catchUp ?? null));
  mount(
    createIngestApi({
      ingest: input.ingest,
      authenticator,
      dialects,
      largestBody: config.bodyMax,
      events: behind.listeners.events,
    }),
  );
  mount(createOperatorApi(operatorDeps(behind)));
  mount(createSignInRoute({ sessions: authenticator.sessions, inboxes }));
  const pages = createConsole({ framers: authenticator.portals.origins });
  server.mount(pages.routes);
  if (inboxes.isOn) {
    server.mount(createOpenInbox({ inboxes, clock, page: pages.page }));
    server.mount(createOpenInboxApi({ inboxes }));
  }
  server.mount(createOpenApiRoute(server.routes, version));
  server.mount(createServerIdentityRoute({ version, nonce }));
  server.mount(health);
  for (const each of dialects) mount((scope) => each.routes(scope));
  return server;
}

export interface Findable extends Service {
  /** The operator's key, and whether the start has made it. */
  operatorKey(): { readonly key: string; readonly isNew: boolean };
}

/** The operator finds the server last, when all of it works. */
export function assembleFindable(
  { config, store }: Ground,
  { registry, keys }: Known,
  { inboxes }: Sending,
  server: HttpServer,
  { nonce, newOperatorKey }: { readonly nonce: string; readonly newOperatorKey: boolean },
): Findable {
  let newKey: string | null = null;
  return {
    async start() {
      inboxes.servedAt(config.publicUrl ?? server.url);
      const ensure = () =>
        ensureOperatorKey(registry, keys, (key) => writeOperatorKey(config.data, key), newOperatorKey);
      // Nodes that start together make one.
      newKey = await (store.nodes === null ? ensure() : store.nodes.alone(ensure));
      leaveTraces(config.data, server.url, nonce);
    },
    stop: async () => removeTraces(config.data),
    operatorKey: () => ({ key: newKey ?? readOperatorKey(config.data), isNew: newKey !== null }),
  };
}

/** A node that is cut off from its database accepts nothing and starts nothing. */
const leaseOf = (nodes: Nodes) => async (): Promise<void> => {
  if (!nodes.isCertain()) throw new Error("the lease of this node was not renewed");
};
