import assert from "node:assert/strict";
import { after, test } from "node:test";
import { openHouse } from "./fixture.ts";

const house = await openHouse();
after(() => house.close());

const secret = "s3:cr+et %";
const form = "application/x-www-form-urlencoded";
const token = (parameters: Record<string, string>, headers: Record<string, string> = {}) =>
  house.call("POST", "/oauth/token", {
    as: null,
    text: new URLSearchParams(parameters).toString(),
    type: form,
    headers,
  });
const granted = {
  access_token: "alia",
  token_type: "Bearer",
  expires_in: 86_400,
  scope: "public",
  created_at: 1_750_000_000,
};
const basic = (id: string, secret: string) => `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`;

test("client id and secret are traded for a token: form, JSON or Basic", async () => {
  const grant = { grant_type: "client_credentials" };
  const inForm = await token({ ...grant, client_id: "alia", client_secret: secret });
  assert.equal(inForm.status, 200);
  assert.deepEqual(inForm.body, granted);
  assert.equal(inForm.headers["cache-control"], "no-store");
  const inJson = await house.call("POST", "/oauth/token", {
    as: null,
    body: { ...grant, client_id: "alia", client_secret: secret },
  });
  assert.deepEqual(inJson.body, granted);
  const inHeader = await token(grant, { authorization: basic("alia", encodeURIComponent(secret)) });
  assert.deepEqual(inHeader.body, granted);
});

test("whoever does not fit hears one and the same", async () => {
  const grant = { grant_type: "client_credentials" };
  const answers = [
    await token({ ...grant, client_id: "alia", client_secret: "wrong" }),
    await token({ ...grant, client_id: "stranger", client_secret: secret }),
    await token({ ...grant, client_id: "alia" }),
    await token(grant),
    await token({ ...grant, client_id: "alia", client_secret: secret }, { authorization: basic("alia", "wrong") }),
    await token(grant, { authorization: "Bearer alia" }),
    await token(grant, { authorization: "Basic %%%" }),
  ];
  for (const { status, body, text } of answers) {
    assert.equal(status, 401);
    assert.equal(body.error, "invalid_client");
    assert.equal(text, answers[0]!.text);
  }
  for (const { headers } of answers) assert.match(String(headers["www-authenticate"]), /^Basic/);
});

test("a grant that there is not is refused, and the sentence names those that there are", async () => {
  for (const grant_type of ["implicit", "toString", "urn:ietf:params:oauth:grant-type:device_code"]) {
    const { status, body } = await token({ grant_type, client_id: "alia", client_secret: secret });
    assert.equal(status, 400);
    assert.equal(body.error, "unsupported_grant_type");
    assert.ok(body.error_description.includes("client_credentials"));
  }
});

test("requests that cannot be read are answered in OAuth's form", async () => {
  const ask = (text: string, type: string) => house.call("POST", "/oauth/token", { as: null, text, type });
  const answers = [
    await token({ client_id: "alia", client_secret: secret }),
    await ask("{", "application/json"),
    await ask("[]", "application/json"),
    await ask("x", "text/plain"),
    await house.call("POST", "/oauth/token", { as: null }),
  ];
  assert.deepEqual(
    answers.map(({ status, body }) => [status, body.error]),
    [400, 400, 400, 415, 400].map((status) => [status, "invalid_request"]),
  );
});

test("who guesses too often is told to wait, at both doors in their own form", async () => {
  const signIn = await token({ grant_type: "client_credentials", client_id: "guesser", client_secret: "x" });
  assert.equal(signIn.status, 429);
  assert.equal(signIn.headers["retry-after"], "6");
  assert.deepEqual(signIn.body, { error: "temporarily_unavailable", error_description: "Wait a minute." });
  const list = await house.call("GET", "/v4/buildings/building_1/integrations", { as: "guesser" });
  assert.equal(list.status, 429);
  assert.deepEqual(list.body, {
    errors: [{ field: "base", code: "too_many_requests", message: "Wait a minute." }],
  });
});
