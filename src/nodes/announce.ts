// Tells other nodes at once that something has changed that they keep in memory. Without it they learn of it when they look next.

import type { Registry } from "../store/registry.ts";
import type { ReplayStore } from "../store/replays.ts";
import type { SignInStore } from "../store/sign-ins.ts";

interface Announced {
  readonly registry: Registry;
  readonly signIns: SignInStore;
  readonly replays: ReplayStore;
}

/** The same ports, which call `announce` when a change is written. */
export function announcing<Store extends Announced>(store: Store, announce: () => void): Store {
  const after = <Arguments extends readonly unknown[], Result>(write: (...given: Arguments) => Promise<Result>) => {
    return async (...given: Arguments): Promise<Result> => {
      const result = await write(...given);
      announce();
      return result;
    };
  };
  const { registry, signIns, replays } = store;
  return {
    ...store,
    registry: {
      ...registry,
      change: after(registry.change),
      ensureOrganization: after(registry.ensureOrganization),
      removeOrganization: after(registry.removeOrganization),
      addKey: after(registry.addKey),
      revokeKey: after(registry.revokeKey),
    },
    signIns: { ...signIns, endSignIn: after(signIns.endSignIn), revokeToken: after(signIns.revokeToken) },
    replays: { ...replays, addReplay: after(replays.addReplay), cancelReplay: after(replays.cancelReplay) },
  };
}
