// A real HTTP server that stands where Belfry stands: takes models and observations, remembers what it took over its own
// deaths, and misbehaves as told.

import { rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { proofOf, serverPath } from "../../src/server-proof.ts";

const nonce = "the-nonce";

export type Misbehaviour =
  | { readonly kind: "status"; readonly status: number; readonly retryAfter?: string }
  /** Takes what it got and dies without an answer; comes back on another port. */
  | { readonly kind: "die-after-taking" }
  /** Dies at once; comes back on another port. */
  | { readonly kind: "die-before-taking" };

export interface Edge {
  url(): string;
  readonly requests: readonly {
    method: string;
    path: string;
    type: string;
    body: string;
    authorization: string;
    ifMatch: string;
    /** The header by which an operator acts for one organization. */
    organization: string;
  }[];
  /** What is durable: the text of each observation by id, in order of acceptance. */
  readonly taken: ReadonlyMap<string, string>;
  readonly model: () => unknown;
  /** Further answers to other paths. */
  readonly answers: Map<string, { status: number; body: unknown; etag?: string }>;
  stop(): Promise<void>;
}

export async function startEdge(
  data: string,
  next: (request: number) => Misbehaviour | null = () => null,
  reject: (observation: Record<string, unknown>) => string | null = () => null,
): Promise<Edge> {
  const taken = new Map<string, string>();
  const requests: Edge["requests"][number][] = [];
  const answers: Edge["answers"] = new Map();
  let model: unknown = null;
  let server: Server;
  let posts = 0;
  let ending = false;
  let rising: Promise<void> = Promise.resolve();

  async function rise(): Promise<void> {
    server = createServer((request, response) => void answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    writeFileSync(join(data, "server.json"), JSON.stringify({ url: url(), nonce }));
    writeFileSync(join(data, "operator.key"), "the-key\n");
  }
  const url = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  async function fall(): Promise<void> {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const path = request.url ?? "";
    if (path.startsWith(serverPath)) {
      const challenge = new URL(path, url()).searchParams.get("challenge") ?? "";
      response.end(JSON.stringify({ name: "belfry", version: "1.2.3", proof: proofOf(nonce, challenge) }));
      return undefined;
    }
    const { authorization = "", "content-type": type = "", "if-match": ifMatch = "" } = request.headers;
    const organization = String(request.headers["belfry-organization"] ?? "");
    requests.push({ method: request.method ?? "", path, type, body, authorization, ifMatch, organization });
    const say = (status: number, value: unknown, etag?: string): void => {
      const headers = { "content-type": "application/json", ...(etag !== undefined && { etag }) };
      response.writeHead(status, headers).end(JSON.stringify(value));
    };
    const other = answers.get(`${request.method} ${path}`);
    if (other !== undefined) return say(other.status, other.body, other.etag);
    if (path === "/v1/building-model") {
      model = JSON.parse(body);
      return say(200, model);
    }
    if (path !== "/v1/observations") return say(404, { code: "NOT_FOUND", detail: "There is nothing here." });
    const misbehaviour = next(posts++);
    if (misbehaviour?.kind === "status") {
      const { status, retryAfter } = misbehaviour;
      response.writeHead(status, retryAfter === undefined ? {} : { "retry-after": retryAfter }).end();
      return undefined;
    }
    if (misbehaviour?.kind !== "die-before-taking") {
      const result = take(body);
      if (misbehaviour === null) return say(result.accepted + result.duplicates > 0 ? 202 : 422, result);
    }
    if (!ending) rising = fall().then(rise);
    return undefined;
  }
  function take(body: string) {
    const result = { accepted: 0, duplicates: 0, rejected: [] as { index: number; code: string; message: string }[] };
    for (const [index, line] of body.trim().split("\n").entries()) {
      const observation = JSON.parse(line) as Record<string, unknown>;
      const id = observation["id"] as string;
      const wrong = reject(observation);
      if (wrong !== null) result.rejected.push({ index, code: "REFUSED", message: wrong });
      else if (!taken.has(id)) {
        taken.set(id, line);
        result.accepted++;
      } else if (taken.get(id) === line) result.duplicates++;
      else result.rejected.push({ index, code: "ID_REUSED", message: "The id was used for something else." });
    }
    return result;
  }

  await rise();
  return {
    url: () => url(),
    requests,
    taken,
    model: () => model,
    answers,
    async stop() {
      ending = true;
      await rising;
      await fall();
      rmSync(data, { recursive: true, force: true });
    },
  };
}
