// Access tokens of sign-ins on a node that did not hear of what another node did: what ended counts within the moment.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { createAuthenticator } from "../../src/auth/authenticator.ts";
import { challengeOf } from "../../src/auth/pkce.ts";
import { systemRandom } from "../../src/clock.ts";
import { type House, openHouse } from "../http/fixture.ts";

const tokenKey = new Uint8Array(32).fill(2);
const verifier = "v".repeat(43);
const asked = { client: "belfry", redirect: "app.example://back" };

let house: House;
let elsewhere: ReturnType<typeof createAuthenticator>;
beforeEach(async () => {
  house = await openHouse();
  elsewhere = authenticator();
});
afterEach(() => house.close());

const authenticator = (signIns = house.store.signIns) => {
  const { keys, clock, store } = house;
  const home = async () => null;
  return createAuthenticator({ registry: store.registry, signIns, keys, tokenKey, home, clock, random: systemRandom });
};

async function signIn(here: ReturnType<typeof createAuthenticator>) {
  const { clientId, clientSecret } = await house.keys.issue(
    { role: "operator", organization: null, targets: [] },
    "test",
  );
  const credentials = { id: clientId, secret: clientSecret };
  const code = await here.signIns.consent({ ...asked, challenge: challengeOf(verifier) }, credentials, "a");
  return (await here.signIns.redeem({ code: code!, ...asked, verifier }, "a"))!;
}
const letsIn = async (token: string) => (await elsewhere.principal(`Bearer ${token}`)) !== null;

test("a sign-in that ended elsewhere lets nobody in after the moment", async () => {
  const here = authenticator();
  const { accessToken, refreshToken } = await signIn(here);
  assert.equal(await letsIn(accessToken), true);
  await here.signIns.revoke(refreshToken, null, "a");
  assert.equal(await here.principal(`Bearer ${accessToken}`), null, "at once where it ended");
  house.clock.advance(2_999);
  assert.equal(await letsIn(accessToken), true);
  house.clock.advance(1);
  assert.equal(await letsIn(accessToken), false);
});

test("a single token that was revoked elsewhere lets nobody in after the moment", async () => {
  const here = authenticator();
  const key = await house.keys.issue({ role: "operator", organization: null, targets: [] }, "test");
  const { accessToken } = (await here.login(key.clientId, key.clientSecret))!;
  assert.equal(await letsIn(accessToken), true);
  await here.signIns.revoke(accessToken, key.clientId, "a");
  assert.equal(await here.principal(`Bearer ${accessToken}`), null, "at once where it was revoked");
  house.clock.advance(3_000);
  assert.equal(await letsIn(accessToken), false);
});

test("the use of a refreshed token elsewhere ends the refresh token before it", async () => {
  const here = authenticator();
  const first = await signIn(here);
  assert.equal(await letsIn(first.accessToken), true);
  const second = (await here.signIns.refresh(first.refreshToken, "belfry", "a"))!;
  assert.equal(await letsIn(second.accessToken), true);
  assert.equal(await here.signIns.refresh(first.refreshToken, "belfry", "a"), null);
  assert.equal(await here.principal(`Bearer ${second.accessToken}`), null);
});

test("a use is written once, and a token of a sign-in that is not used for the first time writes nothing", async () => {
  let written = 0;
  const { signIns } = house.store;
  elsewhere = authenticator({
    ...signIns,
    noteUse: (...given) => {
      written++;
      return signIns.noteUse(...given);
    },
  });
  const first = await signIn(elsewhere);
  await letsIn(first.accessToken);
  assert.equal(written, 0);
  const { accessToken } = (await elsewhere.signIns.refresh(first.refreshToken, "belfry", "a"))!;
  for (let time = 0; time < 3; time++) await letsIn(accessToken);
  await letsIn(first.accessToken);
  assert.equal(written, 1);
});

test("a token that names a sign-in of another key is nobody", async () => {
  const { accessToken } = await signIn(authenticator());
  const { signIns } = house.store;
  elsewhere = authenticator({
    ...signIns,
    signIn: async (id) => {
      const found = await signIns.signIn(id);
      return found && { ...found, key: "client_000000000000000000000000000" };
    },
  });
  assert.equal(await letsIn(accessToken), false);
});
