// The house of the scope matrix: its place behind the dialect, real keys for everybody, one of them revoked, and a note of what
// the dialect looks up for each request.

import type { InjectOptions } from "fastify";
import { createKeyMaker } from "../../../../src/auth/api-keys.ts";
import { createAuthenticator } from "../../../../src/auth/authenticator.ts";
import { systemRandom } from "../../../../src/clock.ts";
import type { Role } from "../../../../src/model/principal.ts";
import { openHouse, putModel } from "../fixture.ts";
import { southDocument } from "../place.ts";
import type { Ask } from "./operations.ts";
import { documentWith, type KeyName, type nobodies, numbers } from "./place.ts";

export type Method = NonNullable<InjectOptions["method"]>;
type Asker = KeyName | (typeof nobodies)[number] | "organization";
export type MatrixHouse = Awaited<ReturnType<typeof openMatrix>>;

const issued: Readonly<
  Record<Exclude<Asker, "anonymous">, readonly [role: Role, organization: string, target?: number]>
> = {
  adminA: ["building", "org", numbers.buildings.a],
  adminB: ["building", "org", numbers.buildings.b],
  tenant1: ["tenant", "org", numbers.tenants.tenant1],
  mate: ["tenant", "org", numbers.tenants.mate],
  tenantB: ["tenant", "org", numbers.tenants.tenantB],
  viewer: ["viewer", "org"],
  foreign: ["organization", southDocument.organization.id],
  organization: ["organization", "org"],
  revoked: ["organization", "org"],
};

export async function openMatrix(scope: "unit" | "own") {
  const tokens = new Map<string, string>();
  let looked: string[] = [];
  const place = documentWith(scope);
  const house = await openHouse({
    documents: [place, southDocument],
    authenticator: async (registry, signIns) => {
      const clock = { now: () => 0, monotonic: () => 0, after: () => () => {} };
      const keys = createKeyMaker({ registry, pepper: new Uint8Array(32), clock, random: systemRandom });
      for (const [name, [role, organization, target]] of Object.entries(issued)) {
        const targets = target === undefined ? [] : [String(target)];
        const key = await keys.issue({ role, organization, targets }, "test");
        tokens.set(name, key.key);
        const audit = { at: 0, actor: "test", action: "key.revoke", object: key.clientId, detail: null };
        if (name === "revoked") await registry.revokeKey(key.clientId, audit);
      }
      return createAuthenticator({
        registry,
        signIns,
        keys,
        tokenKey: new Uint8Array(32),
        home: async () => null,
        clock,
        random: systemRandom,
      });
    },
    watch: (name, part) =>
      new Proxy(part, {
        get(target, property) {
          const found: unknown = Reflect.get(target, property);
          if (typeof found !== "function") return found;
          return (...given: unknown[]) => {
            looked.push(`${name}.${String(property)}`);
            return (found as (...given: unknown[]) => unknown).apply(target, given);
          };
        },
      }),
  });

  return {
    ...house,
    /** The answer, and what was looked up for it. */
    async ask(method: Method, { url, body }: Ask, as: Asker) {
      looked = [];
      const options = { as: tokens.get(as) ?? null, ...(body === undefined ? {} : { body }) };
      const { status, text, body: answered } = await house.call(method, url, options);
      return { status, text, body: answered, looked };
    },
    /** The place as it was at first. */
    putBack: () => putModel(house.registry, place),
  };
}
