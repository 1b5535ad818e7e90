// Pictures that somebody uploads: plans of floors and the logo of an organization. Which kinds of bytes are pictures that a browser
// may be shown. Pure.

export const pictureKinds = ["floor", "organization"] as const;
export type PictureKind = (typeof pictureKinds)[number];

export const pictureTypes = ["image/png", "image/jpeg", "image/webp"] as const;
export type PictureType = (typeof pictureTypes)[number];

/** Bytes. */
export const largestPicture = 200_000;

export interface PictureInfo {
  readonly kind: PictureKind;
  /** Of the floor or of the organization. */
  readonly id: string;
  readonly type: PictureType;
  readonly size: number;
  /** Epoch ms. */
  readonly updatedAt: number;
}

export interface Picture extends PictureInfo {
  readonly bytes: Uint8Array;
}

/** By its first bytes, whatever somebody calls it [PNG §5.2, JPEG B.1.1.3, RFC 9649 §2.4]. null: no picture that is taken. SVG is
 * none: it can carry scripts. */
export function pictureType(bytes: Uint8Array): PictureType | null {
  const starts = (at: number, ...wanted: readonly number[]) =>
    wanted.every((each, index) => bytes[at + index] === each);
  if (starts(0, 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return "image/png";
  if (starts(0, 0xff, 0xd8, 0xff)) return "image/jpeg";
  return starts(0, 0x52, 0x49, 0x46, 0x46) && starts(8, 0x57, 0x45, 0x42, 0x50) ? "image/webp" : null;
}
