// What can be done with a subscription at once. Each act answers with the subscription as it is then.

import { useState } from "preact/hooks";
import { plural } from "../../../src/words/plural.ts";
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
  const [said, setSaid] = useState<string | null>(null);
  if (!owns.value) return null;
  const act = async (name: OwnerAct): Promise<void> => {
    setSaid(null);
    await send("POST", `/v1/subscriptions/${part(subscription.id)}/${name}`);
    done();
  };
  const retry = async (): Promise<void> => {
    const { retried } = await send<{ retried: number }>("POST", `/v1/subscriptions/${part(subscription.id)}/retry`);
    setSaid(
      `${plural(retried, "delivery", "deliveries")} that waited for a later try ${retried === 1 ? "is" : "are"} due now.`,
    );
    done();
  };
  const acts = actsOf(subscription).slice(0, only ? 1 : 2);
  return (
    <div class="acts">
      {!only && waitsForLater(subscription) && <Act name="Retry now" class="primary" run={retry} />}
      {acts.map((each) => (
        <Act
          key={each}
          name={names[each]}
          label={only ? `${names[each]} ${titleOf(subscription)}` : undefined}
          class={each === "resume" || each === "enable" ? "primary" : ""}
          run={() => act(each)}
        />
      ))}
      {said !== null && (
        <p class="muted" role="status">
          {said}
        </p>
      )}
    </div>
  );
}

/** It backs off, or deliveries that failed wait for their next try. */
function waitsForLater({ state, lane: { status } }: Subscription): boolean {
  if (state !== "active" || status === null) return false;
  return status.state === "backing_off" || (status.failing !== null && status.more_on_disk);
}
