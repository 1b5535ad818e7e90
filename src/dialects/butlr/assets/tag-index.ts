// Tags and what has them: floors, rooms and zones [butlr.md §11].

import type { TagDocument } from "../../../building/asset-document.ts";
import type { FloorNode, RoomNode, ZoneNode } from "./place-index.ts";

export interface TagNode {
  readonly id: string;
  readonly name: string;
  readonly organization: string;
  readonly floors: FloorNode[];
  readonly rooms: RoomNode[];
  readonly zones: ZoneNode[];
}

interface Spaces {
  readonly floors: ReadonlyMap<string, FloorNode>;
  readonly rooms: ReadonlyMap<string, RoomNode>;
  readonly zones: ReadonlyMap<string, ZoneNode>;
}

/** Also gives every space its tags. The model's own list comes first, then tags in the order in which spaces name them. */
export function indexTags(
  listed: readonly TagDocument[],
  organization: string,
  { floors, rooms, zones }: Spaces,
): ReadonlyMap<string, TagNode> {
  const spaces = [...floors.values(), ...rooms.values(), ...zones.values()];
  const tags = new Map<string, TagNode>();
  for (const { id, name } of [...listed, ...spaces.flatMap(({ document }) => document.tags ?? [])]) {
    if (name !== undefined && !tags.has(id)) tags.set(id, { id, name, organization, floors: [], rooms: [], zones: [] });
  }
  const tagsOf = (document: { readonly tags?: readonly TagDocument[] }): TagNode[] =>
    [...new Set(document.tags?.map(({ id }) => id))].flatMap((id) => tags.get(id) ?? []);
  const file = <Space extends FloorNode | RoomNode | ZoneNode>(
    spaces: Iterable<Space>,
    list: (tag: TagNode) => Space[],
  ): void => {
    for (const space of spaces) {
      for (const tag of tagsOf(space.document)) {
        space.tags.push(tag);
        list(tag).push(space);
      }
    }
  };
  file(floors.values(), (tag) => tag.floors);
  file(rooms.values(), (tag) => tag.rooms);
  file(zones.values(), (tag) => tag.zones);
  return tags;
}

/** Which of these have the tags: all of them, or with `any` one of them. Without a tag there is nothing to have. */
export function tagged<Space extends { readonly tags: readonly TagNode[] }>(
  spaces: Iterable<Space>,
  ids: readonly string[],
  any: boolean,
): Space[] {
  const wanted = [...new Set(ids)];
  if (wanted.length === 0) return [];
  return Array.from(spaces).filter(({ tags }) => {
    const has = new Set(tags.map(({ id }) => id));
    return any ? wanted.some((id) => has.has(id)) : wanted.every((id) => has.has(id));
  });
}
