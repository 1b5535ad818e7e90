// The picture of a key's QR code: a PNG at an address that nobody can guess and that ends with the key. Clients fetch it without
// credentials.

import { createHmac } from "node:crypto";
import { crc32, deflateSync } from "node:zlib";
import { encode } from "uqr";
import type { HttpScope } from "../../../http/scope.ts";
import { sameText } from "../../../same-secret.ts";
import type { Registry } from "../../../store/registry.ts";
import type { PlacePort } from "../../place-port.ts";
import { pictureDocument } from "../openapi/sign-in.ts";

export interface QrPictureDeps {
  readonly registry: Pick<Registry, "pins">;
  readonly place: Pick<PlacePort, "model">;
  readonly clock: { now(): number };
  readonly qrKey: Uint8Array;
}

/** Names organization and key, and proves that this server has said so. */
export function qrTokenWith(qrKey: Uint8Array): (organization: string, key: string) => string {
  return (organization, key) => {
    const named = Buffer.from(JSON.stringify([organization, key])).toString("base64url");
    return `${named}.${createHmac("sha256", qrKey).update(named).digest("base64url")}`;
  };
}

/** Null: not one of this server's. */
function readToken(qrKey: Uint8Array, token: string): readonly [organization: string, key: string] | null {
  const named = token.split(".")[0]!;
  try {
    const [organization, key] = JSON.parse(Buffer.from(named, "base64url").toString()) as [string, string];
    return sameText(qrTokenWith(qrKey)(organization, key), token) ? [organization, key] : null;
  } catch {
    return null;
  }
}

export function qrPictures(scope: HttpScope, deps: QrPictureDeps): void {
  scope.get<{ Params: { file: string } }>(
    "/qr/:file",
    { config: { document: pictureDocument } },
    async (request, reply) => {
      const named = readToken(deps.qrKey, request.params.file.replace(/\.png$/, ""));
      const pin = named === null ? null : await livePin(deps, ...named);
      reply.header("cache-control", "private, no-store").header("x-content-type-options", "nosniff");
      if (pin === null) return reply.code(404).send();
      return reply.type("image/png").send(qrPng(pin));
    },
  );
}

/** Null: the key is not there any more, or its time is over. */
async function livePin({ registry, place, clock }: QrPictureDeps, organization: string, id: string) {
  const model = await place.model(organization);
  const keychain = [...(model?.keychains ?? [])].find(({ record }) =>
    record.virtual_keys?.some((key) => key.id === id),
  );
  const ends = keychain?.record.ends_at;
  if (keychain === undefined || (ends !== undefined && Date.parse(ends) <= clock.now())) return null;
  return (await registry.pins(organization, "virtual_key", [id])).get(id) ?? null;
}

const pixelsOfCell = 8;

/** Black on white, one bit for each pixel. */
export function qrPng(text: string): Buffer {
  const { data, size } = encode(text, { ecc: "M", border: 4 });
  const side = size * pixelsOfCell;
  const bytesOfRow = Math.ceil(side / 8);
  const rows = data.flatMap((cells) => {
    // Each row begins with its filter, none. A set bit is white.
    const row = Buffer.alloc(1 + bytesOfRow);
    for (const [at, isBlack] of cells.entries()) if (!isBlack) row[1 + at] = 0xff;
    return Array.from({ length: pixelsOfCell }, () => row);
  });
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  // Depth 1, grey.
  header[8] = 1;
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const parts = [
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(Buffer.concat(rows))),
    chunk("IEND", Buffer.alloc(0)),
  ];
  return Buffer.concat([signature, ...parts]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const frame = Buffer.alloc(8 + body.length);
  frame.writeUInt32BE(data.length, 0);
  body.copy(frame, 4);
  frame.writeUInt32BE(crc32(body), 4 + body.length);
  return frame;
}
