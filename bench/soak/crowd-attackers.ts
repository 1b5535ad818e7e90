// Programs that want everything for themselves, in a process of their own: each holds or repeats one thing that once cost others
// their share. They pace themselves, so that they take half a core at most.

import { connect, type Socket } from "node:net";
import { pause } from "../harness/figures.ts";
import { floorOfOutlines, manySites } from "../harness/large-models.ts";
import { integrationAt } from "./integration-at.ts";

export interface Attack {
  readonly url: string;
  readonly building: number;
  /** A viewer's, an organization's and a tenant's key of the attackers' organization. */
  readonly viewer: string;
  readonly owner: string;
  readonly tenant: string;
  readonly names: readonly string[];
  /** Ids of the tenant's integrations, and the receiver at which they are. */
  readonly integrations: readonly string[];
  readonly origin: string;
  /** The organization's model, with one site. */
  readonly model: { readonly sites: readonly object[] };
}

const attack = JSON.parse(process.argv[2]!) as Attack;
const { hostname, port } = new URL(attack.url);
/** From where they hold connections; strangers have addresses of their own. The others measure from 127.0.0.1. */
const attackersAddress = "127.0.0.9";

const head = (method: string, path: string, key: string, more = ""): string =>
  `${method} ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json\r\n${more}\r\n`;

const mostCores = 0.5;
/** By how much all pauses are longer than they are written, so that this process takes no more than its cores. */
let patience = 1;
let before = { at: performance.now(), cpu: process.cpuUsage() };
setInterval(() => {
  const { user, system } = process.cpuUsage(before.cpu);
  const cores = (user + system) / 1_000 / (performance.now() - before.at);
  before = { at: performance.now(), cpu: process.cpuUsage() };
  patience = Math.min(50, Math.max(1, (patience * (1 + cores / mostCores)) / 2));
}, 250);

/** After which somebody who reads nothing begins anew: an end that stands behind what is not read is never seen. */
const unreadMs = 3_000;

/** Keeps so many connections on which `text` was sent, and opens another half a second after one has ended. */
function hold(count: number, text: string, reads: boolean, localAddress = attackersAddress): void {
  const open = (): void => {
    const to = { host: hostname, port: Number(port), localAddress };
    const socket: Socket = connect(to, () => socket.write(text));
    if (reads) socket.resume();
    else setTimeout(() => socket.destroy(), unreadMs);
    socket.on("error", () => {}).on("close", () => setTimeout(open, 500 * patience));
  };
  for (let opened = 0; opened < count; opened++) setTimeout(open, opened);
}

/** Asks again and again from so many connections, with some ms between two. */
function repeat(count: number, ms: number, ask: (turn: number) => [path: string, init: RequestInit]): void {
  for (let each = 0; each < count; each++) {
    void (async () => {
      for (let turn = each; ; turn += count) {
        const [path, init] = ask(turn);
        await fetch(attack.url + path, init).then(
          (answer) => answer.arrayBuffer(),
          () => {},
        );
        await pause(ms * patience);
      }
    })();
  }
}

const fields = (count: number, text: string): string => `${text} `.repeat(count);
/** Documents at a limit or just beyond it. */
const documents = [
  `{ ${fields(6, `rooms { data { ${fields(40, "sensors { id name }")} } }`)} }`,
  `{ rooms { data { ${fields(35, "sensors { id name }")} } } }`,
  `{ ${"a {".repeat(9)} b ${"}".repeat(9)} }`,
  `{ ${Array.from({ length: 101 }, (_, n) => `x${n}: webhooks { id }`).join(" ")} }`,
  `{ webhooks { ${fields(500, "id")} } }`,
  `{ webhooks { id ${fields(10, "@include(if: true)")} } }`,
  "{".repeat(20_000),
  fields(60_000, "a"),
  `query(${Array.from({ length: 300 }, (_, n) => `$v${n}: String`).join(", ")}) { webhooks { id } }`,
];

const attacks: Readonly<Record<string, () => void>> = {
  unread: () => hold(220, head("GET", "/v1/events?limit=100", attack.viewer).repeat(16), false),
  bodies() {
    hold(33, `${head("POST", "/api/v3/graphql", attack.tenant, "content-length: 250000\r\n")}{`, true);
    hold(1, `${head("POST", "/v1/events?dialect=butlr", attack.owner, "content-length: 30000000\r\n")}[`, true);
    hold(33, `${head("POST", "/v1/events?dialect=butlr", attack.owner, "content-length: 5000000\r\n")}[`, true);
  },
  /** Models at a limit, each a change of the one before, with the house in it. */
  models() {
    const { model } = attack;
    const [site] = model.sites as [{ readonly buildings: readonly { readonly floors: readonly object[] }[] }];
    const [house] = site.buildings as [(typeof site.buildings)[number]];
    const texts = ["A", "B"].flatMap((name) => {
      const floors = [...house.floors, floorOfOutlines(name)];
      const outlines = { ...model, sites: [{ ...site, buildings: [{ ...house, floors }] }] };
      return [outlines, { ...model, sites: [site, ...manySites(name)] }].map((each) => JSON.stringify(each));
    });
    const headers = { authorization: `Bearer ${attack.owner}`, "content-type": "application/json" };
    repeat(1, 2_000, (turn) => ["/v1/building-model", { method: "PUT", headers, body: texts[turn % texts.length]! }]);
  },
  /** One more than there may be, and changes of those that are there. */
  integrations() {
    const headers = { authorization: `Bearer ${attack.tenant}`, "content-type": "application/json" };
    const { integrations: ids, origin } = attack;
    repeat(4, 100, (turn) => {
      const body = JSON.stringify(integrationAt(`${origin}/own/${turn}/changed`));
      const id = turn % 2 === 0 ? "" : `/${ids[turn % ids.length]!}`;
      return [`/v4/tenants/tenant_a/integrations${id}`, { method: id === "" ? "POST" : "PUT", headers, body }];
    });
  },
  reads() {
    const headers = { authorization: `Bearer ${attack.viewer}` };
    repeat(32, 100, () => ["/v1/deliveries?state=delivered", { headers }]);
  },
  documents() {
    const headers = { authorization: `Bearer ${attack.viewer}`, "content-type": "application/json" };
    repeat(16, 100, (turn) => {
      const query = `${documents[turn % documents.length]!} # ${turn}`;
      return ["/api/v3/graphql", { method: "POST", headers, body: JSON.stringify({ query }) }];
    });
  },
  /** What hangs must be given something to hang with. */
  host() {
    const headers = { authorization: `Bearer ${attack.owner}`, "content-type": "application/json" };
    const data = { access_point: 1, entry_method: "Swipe to open", name: "A" };
    repeat(1, 1_000, (turn) => {
      const entry = { ...data, id: 1_000_000_000 + turn, logged_at: new Date().toISOString() };
      const body = JSON.stringify({ event: { resource_type: "access_log", action: "create", data: entry } });
      return [`/v1/events?dialect=butterflymx&building=${attack.building}`, { method: "POST", headers, body }];
    });
  },
  strangers() {
    for (let address = 2; address < 7; address++) hold(400, "", true, `127.0.0.${address}`);
  },
};

for (const name of attack.names) attacks[name]!();
