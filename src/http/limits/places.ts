// Who has how many connections, and which one gives way when all places are taken: one without a key, of the address that has
// most of them. So whoever opens connections by the thousand takes places from itself only, and keeps no gateway out.

export interface Places<Socket> {
  /** Returns how many this address has now. */
  add(socket: Socket, address: string): number;
  remove(socket: Socket): void;
  /** A valid key was shown on it. */
  known(this: void, socket: Socket): void;
  /** The oldest without a key of the address that has most such; where none has several, the oldest idle one of the address that
   * has most. null: each has one. */
  mostDispensable(isIdle: (socket: Socket) => boolean): Socket | null;
}

interface Address<Socket> {
  readonly name: string;
  /** In the order in which they came. */
  readonly keyless: Set<Socket>;
  readonly keyed: Set<Socket>;
}

const countOf = ({ keyless, keyed }: Address<unknown>): number => keyless.size + keyed.size;

export function createPlaces<Socket>(): Places<Socket> {
  const addresses = new Map<string, Address<Socket>>();
  const addressOfSocket = new Map<Socket, Address<Socket>>();

  const largest = (size: (address: Address<Socket>) => number): Address<Socket> | null => {
    let found: Address<Socket> | null = null;
    let most = 1;
    for (const address of addresses.values()) {
      if (size(address) <= most) continue;
      most = size(address);
      found = address;
    }
    return found;
  };

  return {
    add(socket, name) {
      const address = addresses.get(name) ?? { name, keyless: new Set(), keyed: new Set() };
      addresses.set(name, address);
      address.keyless.add(socket);
      addressOfSocket.set(socket, address);
      return countOf(address);
    },
    remove(socket) {
      const address = addressOfSocket.get(socket);
      if (address === undefined) return;
      addressOfSocket.delete(socket);
      address.keyless.delete(socket);
      address.keyed.delete(socket);
      if (countOf(address) === 0) addresses.delete(address.name);
    },
    known(socket) {
      const address = addressOfSocket.get(socket);
      if (address?.keyless.delete(socket) === true) address.keyed.add(socket);
    },
    mostDispensable(isIdle) {
      const crowd = largest(({ keyless }) => keyless.size);
      if (crowd !== null) return first(crowd.keyless);
      const address = largest(countOf);
      if (address === null) return null;
      return first(address.keyless) ?? first([...address.keyed].filter(isIdle));
    },
  };
}

const first = <Item>(items: Iterable<Item>): Item | null => {
  for (const item of items) return item;
  return null;
};

/** What counts as one address: of IPv6 the first 64 bits, which are one household or one machine that has all the rest. */
export function addressOf(remote: string): string {
  if (!remote.includes(":") || remote.startsWith("::ffff:")) return remote;
  const [before, after] = remote.split("%", 1)[0]!.split("::") as [string, string?];
  const head = before.split(":").filter((group) => group !== "");
  const tail = (after ?? "").split(":").filter((group) => group !== "");
  const zeros = Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => "0");
  const groups = after === undefined ? head : [...head, ...zeros, ...tail];
  return `${groups.slice(0, 4).join(":")}::/64`;
}
