// What can be done with a subscription at once. Each act answers with the subscription as it is then.

import { part, send } from "../api/client.ts";
import { owns } from "../api/session.ts";
import type { Subscription } from "../api/types.ts";
import { Act } from "../parts/act.tsx";
import { titleOf } from "./name.ts";

type OwnerAct = "pause" | "resume" | "enable" | "disable";

interface ActsProps {
  readonly subscription: Subscription;
  readonly done: () => void;
  /** Only the act that its state calls for. */
  readonly only?: boolean;
}

const names: Readonly<Record<OwnerAct, string>> = {
  pause: "Pause",
  resume: "Resume",
  enable: "Enable",
  disable: "Disable",
};

/** The first is what its state calls for. */
function actsOf({ state, lane }: Subscription): readonly OwnerAct[] {
  if (state === "paused") return ["resume"];
  if (state === "disabled" || lane.status?.state === "disabled") return ["enable"];
  return ["pause", "disable"];
}

export function SubscriptionActs({ subscription, done, only = false }: ActsProps) {
  if (!owns.value) return null;
  const act = async (name: OwnerAct | "retry"): Promise<void> => {
    await send("POST", `/v1/subscriptions/${part(subscription.id)}/${name}`);
    done();
  };
  const acts = actsOf(subscription).slice(0, only ? 1 : 2);
  const isBackingOff = subscription.state === "active" && subscription.lane.status?.state === "backing_off";
  return (
    <div class="acts">
      {isBackingOff && !only && <Act name="Try now" class="primary" run={() => act("retry")} />}
      {acts.map((each) => (
        <Act
          key={each}
          name={names[each]}
          label={only ? `${names[each]} ${titleOf(subscription)}` : undefined}
          class={each === "resume" || each === "enable" ? "primary" : ""}
          run={() => act(each)}
        />
      ))}
    </div>
  );
}
