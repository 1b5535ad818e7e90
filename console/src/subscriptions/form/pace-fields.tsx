// How fast, how often and in which order: time limit, retries, width, rate, order, mode, heartbeat, when it is disabled, and the
// options that one dialect has alone.

import { span } from "../../../../src/words/time.ts";
import type { Subscription } from "../../api/types.ts";
import { Check, ChoiceField, FaultOf, TextField } from "../../parts/fault.tsx";
import type { Draft } from "./draft.ts";
import { fieldOf, type Part } from "./field.ts";

export function PaceFields({ draft, set, before }: Part & { readonly before: Subscription | null }) {
  const field = fieldOf({ draft, set });
  return (
    <fieldset class="form-part">
      <legend>Pace, order and retries</legend>
      <div class="pairs">
        <TextField
          name="timeout_s"
          label="Answers within, seconds"
          type="number"
          {...field("timeout")}
          placeholder="the default"
          hint="1 to 15. An attempt that takes longer has failed."
        />
        <TextField
          name="max_in_flight"
          label="Attempts at a time"
          type="number"
          {...field("width")}
          placeholder="the default"
          hint="1 to 64."
        />
      </div>
      <ChoiceField
        name="retries"
        label="Retry delays"
        value={draft.retries}
        set={(retries) => set({ retries: retries as Draft["retries"] })}
        options={[
          ["usual", "the default delays"],
          ["own", "delays of its own"],
        ]}
      />
      {draft.retries === "own" && (
        <div class="indented">
          <TextField
            name="retry_delays_s"
            label="Seconds between attempts, one for each retry"
            {...field("delays")}
            placeholder="5, 30, 300, 3600"
            hint="Up to 20, each of a day at most. None: it is tried once."
          />
        </div>
      )}
      <Check label="Limit the rate" is={draft.isLimited} set={(isLimited) => set({ isLimited })} />
      {draft.isLimited && (
        <div class="indented pairs">
          <TextField
            name="rate_limit.per_second"
            label="Attempts in a second"
            type="number"
            {...field("perSecond")}
            hint="May be a fraction: 0.5 is one in two seconds."
          />
          <TextField
            name="rate_limit.burst"
            label="At once after a pause"
            type="number"
            {...field("burst")}
            placeholder="as many as in a second"
          />
        </div>
      )}
      <div class="pairs">
        <ChoiceField
          name="order"
          label="Order"
          {...field("order")}
          options={[
            ["none", "none: whatever is due is sent"],
            ["subject", "one after another for each subject"],
          ]}
          hint={
            draft.order === "subject" ? "A delivery that fails holds back its subject, and nothing else." : undefined
          }
        />
        <ChoiceField
          name="mode"
          label="What is sent after a wait"
          {...field("mode")}
          options={[
            ["all", "everything"],
            ["latest", "only the newest state of each subject"],
          ]}
          hint={
            draft.mode === "latest"
              ? "Older states that wait become superseded. Other types are sent as ever."
              : undefined
          }
        />
        <TextField
          name="heartbeat_s"
          label="Heartbeat after, seconds"
          type="number"
          {...field("heartbeat")}
          placeholder="never"
          hint="After this long without a request, one with the last number is sent. 10 to 86,400."
        />
        <Disabling draft={draft} set={set} before={before} />
      </div>
      {draft.dialect === "butlr" ? (
        <Check
          label="Send every minute five times"
          hint="As Butlr does: each value of a minute in five minutes on end."
          is={draft.repeats}
          set={(repeats) => set({ repeats })}
        />
      ) : (
        <Payload draft={draft} set={set} />
      )}
      <FaultOf name="repeat_minutes" />
    </fieldset>
  );
}

function Disabling({ draft, set, before }: Part & { readonly before: Subscription | null }) {
  const field = fieldOf({ draft, set });
  const seconds = before?.auto_disable_after_s ?? null;
  const asItIs = seconds === null ? "unchanged: never" : `unchanged: after ${span(seconds * 1_000)}`;
  return (
    <div class="field-group">
      <ChoiceField
        name="disable"
        label="Disable when nothing succeeds"
        value={draft.disable}
        set={(disable) => set({ disable: disable as Draft["disable"] })}
        options={[
          ...(before === null ? [] : ([["keep", asItIs]] as const)),
          ["default", "after the default time"],
          ["never", "never"],
          ["own", "after a time of its own"],
        ]}
      />
      {draft.disable === "own" && (
        <TextField
          name="auto_disable_after_s"
          label="After, seconds"
          type="number"
          {...field("disableAfter")}
          hint="At least 60, and not before 20 attempts have failed."
        />
      )}
    </div>
  );
}

function Payload({ draft, set }: Part) {
  const field = fieldOf({ draft, set });
  return (
    <>
      <ChoiceField
        name="payload_format"
        label="Form of calls"
        {...field("format")}
        options={[
          ["both", "both forms in one body"],
          ["envelope", "as the vendor's guide has them"],
          ["flat", "flat keys, as receivers read them"],
        ]}
      />
      <Check label="Without names, pictures and e-mails" is={draft.secrecy} set={(secrecy) => set({ secrecy })} />
      <Check label="Also entries of doors that did not open" is={draft.locked} set={(locked) => set({ locked })} />
      <FaultOf name="payload_format" />
    </>
  );
}
