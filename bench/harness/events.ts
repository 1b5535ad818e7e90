// Ready-made Butlr events of exactly 300 bytes. The id ends in a running number, by which the receiver knows each of them.

export const eventBytes = 300;
/** `{"id":"event_` and this many digits. */
export const idDigits = 10;

/** `subjects`: how many rooms they are about, none of them in turn. */
export function eventText(organization: string, number: number, subjects = 1): string {
  const id = String(number).padStart(idDigits, "0");
  const head =
    `{"id":"event_${id}","type":"ROOM_OCCUPANCY","timestamp":1727735832000,"version":"v1.0.0","metadata":` +
    `{"org_id":"${organization}","site_id":"site_1","building_id":"building_1","floor_id":"space_1","room_id":"room_${subjects === 1 ? 1 : (number * 7919) % subjects}"`;
  const tail = `},"data":${number % 10}}`;
  const name = "n".repeat(eventBytes - head.length - tail.length - '","room_name":"'.length);
  return `${head},"room_name":"${name}"${tail}`;
}

/** A JSON array of `count` events from `first` up. */
export function batchText(organization: string, first: number, count: number, subjects = 1): string {
  const texts: string[] = [];
  for (let number = first; number < first + count; number++) texts.push(eventText(organization, number, subjects));
  return `[${texts.join(",")}]`;
}
