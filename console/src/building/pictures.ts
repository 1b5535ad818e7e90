// The pictures that were uploaded for the organization that the pages are about: plans of floors, and its logo. Read once for all
// pages, and after a change.

import { effect, signal } from "@preact/signals";
import { ApiFailure, get, getBlob, part, queryText, send } from "../api/client.ts";
import { isPortal, mine, organization } from "../api/session.ts";

export type PictureKind = "floor" | "organization";

export interface Picture {
  readonly kind: PictureKind;
  readonly id: string;
  readonly type: string;
  readonly size: number;
  readonly updated_at: string;
}

const pictures = signal<readonly Picture[]>([]);

effect(() => {
  const id = organization.value;
  pictures.value = [];
  if (id !== null && mine.value.length > 0) void readPictures();
});

/** A page without pictures works as well, so a failure is told by nobody. */
export async function readPictures(): Promise<void> {
  try {
    pictures.value = (await get<{ data: readonly Picture[] }>("/v1/pictures")).data;
  } catch {
    // Read again at the next change.
  }
}

/** null: there is none. */
export const pictureOf = (kind: PictureKind, id: string): Picture | null =>
  pictures.value.find((each) => each.kind === kind && each.id === id) ?? null;

const pathOf = ({ kind, id }: Pick<Picture, "kind" | "id">): string => `/v1/pictures/${kind}/${part(id)}`;

/** Where a browser finds it: it names no header, so the address names the organization. By a portal link there is no cookie
 * either, so what was read stands in the browser's memory; undefined: it is being read. */
export function addressOf(picture: Picture): string | undefined {
  const path = pathOf(picture) + queryText({ organization: organization.value, at: picture.updated_at });
  if (!isPortal) return path;
  if (!asked.has(path)) void readOne(path);
  return inMemory.value.get(path);
}

const asked = new Set<string>();
const inMemory = signal<ReadonlyMap<string, string>>(new Map());

/** A page without the picture works as well. */
async function readOne(path: string): Promise<void> {
  asked.add(path);
  try {
    const url = URL.createObjectURL(await getBlob(path));
    inMemory.value = new Map([...inMemory.value, [path, url]]);
  } catch {
    asked.delete(path);
  }
}

const largest = 200_000;

/** Throws an ApiFailure for what is no picture, or too large. */
export async function putPicture(of: Pick<Picture, "kind" | "id">, file: File): Promise<void> {
  if (file.size > largest) {
    throw new ApiFailure(
      0,
      "TOO_LARGE",
      `${file.name} has ${Math.ceil(file.size / 1_000)} kB. A picture has at most 200 kB: make it smaller.`,
    );
  }
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  await send("PUT", pathOf(of), { data: btoa(text) });
  await readPictures();
}

export async function dropPicture(of: Pick<Picture, "kind" | "id">): Promise<void> {
  await send("DELETE", pathOf(of));
  await readPictures();
}
