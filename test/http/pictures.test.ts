// /v1/pictures: what is taken for a picture, who may see and change it, and how it is served.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { largestPicture, pictureType } from "../../src/model/picture.ts";
import { onePixel } from "../fixtures/one-pixel.ts";
import { ask, type House, keyFor, modelOf, openHouse } from "./fixture.ts";

let house: House;
let operator: string;
let organization: string;

const png = Buffer.from(onePixel, "base64");
const jpeg = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(20)]);
const webp = Buffer.concat([Buffer.from("RIFF"), Buffer.alloc(4), Buffer.from("WEBPVP8 ")]);
const put = (path: string, bytes: Uint8Array, key = organization) =>
  ask(house, `PUT /v1/pictures/${path}`, { key, body: { data: Buffer.from(bytes).toString("base64") } });

before(async () => {
  house = await openHouse();
  operator = await keyFor(house, "operator");
  for (const name of ["a", "b"]) await ask(house, "PUT /v1/building-model", { key: operator, body: modelOf(name) });
  organization = await keyFor(house, "organization", "org_a");
});
after(() => house.close());

test("pictures are known by their bytes, and nothing else is one", () => {
  assert.deepEqual([png, jpeg, webp].map(pictureType), ["image/png", "image/jpeg", "image/webp"]);
  for (const other of [
    "",
    "<svg xmlns='http://www.w3.org/2000/svg'/>",
    "GIF89a",
    "RIFF1234WAVE",
    "<html>",
    "\x89PNG",
  ]) {
    assert.equal(pictureType(Buffer.from(other, "latin1")), null, other);
  }
});

test("a picture comes back byte for byte, as nothing but a picture, and replaces the one before", async () => {
  const made = await put("floor/floor_a", png);
  assert.equal(made.status, 200);
  assert.deepEqual(
    [made.body.kind, made.body.id, made.body.type, made.body.size],
    ["floor", "floor_a", "image/png", png.length],
  );
  const { headers, text } = await ask(house, "GET /v1/pictures/floor/floor_a?at=1", { key: organization });
  assert.equal(headers["content-type"], "image/png");
  assert.equal(headers["x-content-type-options"], "nosniff");
  assert.match(String(headers["content-security-policy"]), /default-src 'none'; sandbox/);
  assert.equal(text.length > 0, true);
  const stored = await house.store.registry.picture("org_a", "floor", "floor_a");
  assert.deepEqual(Buffer.from(stored!.bytes), png);
  await put("floor/floor_a", jpeg);
  const { data } = (await ask(house, "GET /v1/pictures", { key: organization })).body;
  assert.deepEqual(
    data.map(({ id, type }: { id: string; type: string }) => [id, type]),
    [["floor_a", "image/jpeg"]],
  );
});

test("what is no picture, or too large, or of nothing, is refused and said so", async () => {
  const svg = await put(
    "floor/floor_a",
    Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>"),
  );
  assert.equal(svg.status, 422);
  assert.match(svg.body.detail, /no PNG, JPEG or WebP\. SVG is not taken/);
  const exact = Buffer.concat([png, Buffer.alloc(largestPicture - png.length)]);
  assert.equal((await put("floor/floor_a", exact)).status, 200);
  const large = await put("floor/floor_a", Buffer.concat([exact, Buffer.alloc(1)]));
  assert.equal(large.status, 422);
  assert.match(large.body.detail, /at most 200000: make it smaller/);
  assert.equal((await put("floor/floor_none", png)).status, 404);
  assert.equal((await put("room/room_a", png)).status, 404);
  assert.equal((await put("organization/org_b", png)).status, 404);
  const text = await ask(house, "PUT /v1/pictures/floor/floor_a", { key: organization, body: { data: "no base64!" } });
  assert.equal(text.status, 422);
});

test("the logo is for everybody of the organization, the plan of a floor for whoever reads its counts", async () => {
  await put("floor/floor_a", png);
  await put("organization/org_a", webp);
  const seen = async (role: "viewer" | "building" | "tenant", ...of: string[]) => {
    const key = await keyFor(house, role, ...(of as [string, string]));
    const { data } = (await ask(house, "GET /v1/pictures", { key })).body;
    const floor = await ask(house, "GET /v1/pictures/floor/floor_a", { key });
    assert.equal(floor.status === 200, data.length === 2, role);
    assert.equal((await ask(house, "GET /v1/pictures/organization/org_b", { key })).status, 404);
    assert.equal((await ask(house, "DELETE /v1/pictures/floor/floor_a", { key })).status, 403);
    return data.map(({ kind }: { kind: string }) => kind);
  };
  assert.deepEqual(await seen("viewer", "org_a"), ["floor", "organization"]);
  assert.deepEqual(await seen("building", "org_a", "building_a"), ["floor", "organization"]);
  assert.deepEqual(await seen("tenant", "org_a", "tenant_a"), ["organization"]);
  const other = await keyFor(house, "organization", "org_b");
  assert.equal((await ask(house, "GET /v1/pictures/floor/floor_a", { key: other })).status, 404);
  assert.equal((await put("floor/floor_a", png, other)).status, 404);
  assert.deepEqual((await ask(house, "GET /v1/pictures", { key: other })).body.data, []);
});

test("each change is audited, one that is removed is gone, and those of an organization go with it", async () => {
  await put("floor/floor_a", png);
  assert.equal((await ask(house, "DELETE /v1/pictures/floor/floor_a", { key: organization })).status, 204);
  assert.equal((await ask(house, "DELETE /v1/pictures/floor/floor_a", { key: organization })).status, 404);
  assert.equal((await ask(house, "GET /v1/pictures/floor/floor_a", { key: organization })).status, 404);
  const { items } = await house.store.history.audit({ limit: 2, before: null, object: "floor_a" });
  assert.deepEqual(
    items.map(({ action, organization: of }) => [action, of]),
    [
      ["picture.delete", "org_a"],
      ["picture.put", "org_a"],
    ],
  );
  await put("organization/org_a", webp);
  const gone = await ask(house, "DELETE /v1/organizations/org_a?confirm=org_a", { key: operator });
  assert.equal(gone.status, 204);
  await ask(house, "PUT /v1/building-model", { key: operator, body: modelOf("a") });
  const { data } = (await ask(house, "GET /v1/pictures?organization=org_a", { key: operator })).body;
  assert.deepEqual(data, []);
});
