// What somebody asks of replays: checked, written with its audit, and handed to those who work it off. The one implementation of
// the port.

import { BelfryError } from "../errors.ts";
import type { Subscription } from "../model/subscription.ts";
import type { ReplayStore } from "../store/replays.ts";
import { draftSubscription } from "./draft.ts";
import { dryRun, type DryRunDeps } from "./dry-run.ts";
import type { Replays } from "./replays.ts";
import type { Draft, ReplayRequest, ReplaysPort } from "./replays-port.ts";

export interface ReplaySettings {
  /** Deliveries a second, unless a request names its pace. */
  readonly perSecond: number;
  readonly mostPerSecond: number;
}

export interface RequestDeps extends DryRunDeps {
  readonly dialect: (name: string) => ReturnType<DryRunDeps["dialect"]> & { readonly types: readonly string[] };
  readonly store: Pick<ReplayStore, "addReplay" | "replayJob" | "replayJobs" | "cancelReplay">;
  readonly jobs: Pick<Replays, "note">;
  readonly settings: ReplaySettings;
  /** A fresh `replay_…` */
  readonly newId: () => string;
}

export function createReplayRequests(deps: RequestDeps): ReplaysPort {
  const { store, jobs, clock, settings } = deps;

  return {
    async create(subscription, request, by) {
      const checked = check(request, subscription, settings, clock.now());
      const { from, to, types, spaces, endings, perSecond } = checked;
      const { id: webhook, organization, number: lane } = subscription;
      const criteria = { from, to, types, spaces, endings };
      const [id, at] = [deps.newId(), clock.now()];
      const detail = JSON.stringify({ subscription: webhook, ...criteria, per_second: perSecond });
      const audit = { at, actor: by, action: "replay.create", object: id, detail };
      const job = { ...criteria, id, organization, lane, perSecond, createdAt: at, createdBy: by };
      const replay = await store.addReplay(job, audit);
      jobs.note(replay);
      return replay;
    },
    async dryRun(of, request) {
      const now = clock.now();
      const subscription = isDraft(of) ? draftSubscription(of, deps.dialect(of.dialect).types, now) : of;
      return dryRun(deps, subscription, check(request, subscription, settings, now), isDraft(of));
    },
    get: (id, organization) => store.replayJob(id, organization),
    list: (query) => store.replayJobs(query),
    async cancel(replay, by) {
      const { id, organization } = replay;
      const audit = { at: clock.now(), actor: by, action: "replay.cancel", object: id, detail: null };
      const after = await store.cancelReplay(id, organization, "Somebody cancelled it.", audit);
      if (after === null) return replay;
      if (after.state === "cancelling") jobs.note(after);
      return after;
    },
  };
}

const isDraft = (of: Subscription | Draft): of is Draft => !("number" in of);

type Checked = ReplayRequest & { readonly perSecond: number };

/** Throws INVALID. A time to come is cut off: nothing was accepted then. */
function check(
  request: ReplayRequest,
  { bindings }: Pick<Subscription, "bindings">,
  { perSecond, mostPerSecond }: ReplaySettings,
  now: number,
): Checked {
  if (request.from >= request.to) throw new BelfryError("INVALID", "`to` must be later than `from`.");
  if (request.from >= now) {
    throw new BelfryError("INVALID", "`from` is in the future: a replay sends what was accepted before now.");
  }
  const pace = request.perSecond ?? Math.min(perSecond, mostPerSecond);
  if (pace > mostPerSecond) {
    const most = `at most ${mostPerSecond} here (BELFRY_REPLAY_RATE_MAX)`;
    throw new BelfryError("INVALID", `\`per_second\` may be ${most}.`);
  }
  const bound = bindings.map(({ type }) => type);
  const foreign = (request.types ?? []).filter((type) => !bound.includes(type));
  if (foreign.length > 0) {
    const taken = [...new Set(bound)].join(", ");
    throw new BelfryError("INVALID", `The subscription does not take ${foreign.join(", ")}. It takes ${taken}.`);
  }
  return { ...request, to: Math.min(request.to, now), perSecond: pace };
}
