// The composition root: the only place where the parts of the server are made and joined.

import { chmodSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hkdfSync, randomUUID } from "node:crypto";
import { join } from "node:path";
import { newSecret } from "../receiver/src/index.ts";
import { compileBuilding } from "./building/compile.ts";
import { entitled } from "./building/entitled.ts";
import type { ModelDocument } from "./building/document.ts";
import { systemClock, systemRandom } from "./clock.ts";
import type { Config } from "./config.ts";
import { createDispatcher } from "./delivery/dispatcher.ts";
import { createJudge } from "./delivery/guard/judge.ts";
import { createPolicy } from "./delivery/guard/policy.ts";
import { createJanitor } from "./delivery/janitor.ts";
import { createResolver } from "./delivery/resolver.ts";
import { createSender } from "./delivery/sender/sender.ts";
import { createButlr } from "./dialects/butlr/index.ts";
import { createButterflymx } from "./dialects/butterflymx/index.ts";
import { createAuthenticator } from "./http/authenticator.ts";
import { createHttpServer } from "./http/server.ts";
import { createAcceptor } from "./ingest/accept.ts";
import { createDeriver } from "./ingest/deriver.ts";
import { createFinder } from "./ingest/finder.ts";
import { ingestRoutes } from "./ingest/http.ts";
import { createNumbers } from "./ingest/numbers.ts";
import { createOrganizations } from "./ingest/organizations.ts";
import { watchRegistry } from "./ingest/watched-registry.ts";
import type { Log } from "./log.ts";
import { newId } from "./model/ksuid.ts";
import { startAll, stopAll, type Service } from "./service.ts";
import { loadMasterKey } from "./store/master-key.ts";
import { openSqlite } from "./store/sqlite/open.ts";

