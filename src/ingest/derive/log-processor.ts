// Reads the observation log in order of acceptance, lets sensing fold it, and writes what follows: events, deliveries,
// what sensing must remember and how far it got, in one transaction. Killed at any moment it goes on where it was, and
// what it had written it does not write twice.

import type { BuildingModel } from "../../building/building.ts";
import type { Enqueuer } from "../../delivery/enqueue-port.ts";
import type { Dialect } from "../../dialects/dialect.ts";
import type { Log } from "../../log.ts";
import type { Clock } from "../../clock.ts";
import { derivedKey, type Event } from "../../model/event.ts";
import type { EngineEvents } from "../../model/engine-events.ts";
import type { Fact } from "../../model/fact.ts";
import type { LoggedObservation } from "../../model/observation.ts";
import { type Fold, fold } from "../../sensing/fold.ts";
import type { Service } from "../../service.ts";
import type { AcceptResult, Ledger, SubjectState } from "../../store/ledger.ts";
import type { Epoch } from "../../store/shards.ts";
import { OwnershipLost } from "../../store/ledger.ts";
import { enqueuePlan, type PlannedEvent, fanOut, releasePlan } from "../events/fan-out.ts";
import type { Organization, Organizations } from "../../organizations/organizations.ts";

export interface LogProcessorDeps {
  readonly ledger: Ledger;
  readonly organizations: Organizations;
  readonly dialects: readonly Dialect[];
  readonly enqueuer: Enqueuer;
  readonly clock: Clock;
  readonly log: Log;
  readonly newEventId: () => string;
  readonly events?: EngineEvents;
  /** Epoch of the owner; a log processor that has lost it stops. */
  readonly epoch: () => Epoch;
}

export interface LogProcessor extends Service {
  /** The log now reaches up to this position. */
  wake(position: number): void;
  /** Resolves when everything logged before the call has been folded. */
  settled(): Promise<void>;
  /** How many observations are logged and not folded yet, as far as this process knows. */
  backlog(): number;
  /** Events that were not stored because nobody takes their type, since start. */
  unstored(): number;
}

const batchSize = 512;
const retryMs = 1_000;

export function createLogProcessor(deps: LogProcessorDeps): LogProcessor {
  const memory = new Map<string, Map<string, string>>();
  let position = 0;
  let logged = 0;
  let unstored = 0;
  let stopping = false;
  let running: Promise<void> | null = null;
  let again = false;
  let failed: { error: unknown } | null = null;

  const remember = (subjects: readonly SubjectState[]): void => {
    for (const { organization, key, value } of subjects) {
      let states = memory.get(organization);
      if (states === undefined) memory.set(organization, (states = new Map()));
      if (value === null) states.delete(key);
      else states.set(key, value);
    }
  };

  const foldBatch = async (batch: readonly LoggedObservation[]): Promise<boolean> => {
    const draft = await draftOf(deps, memory, batch);
    const upTo = batch.at(-1)!.position;
    const progress = { epoch: deps.epoch(), position: upTo, rereadFrom: upTo, subjects: draft.subjects, minutes: [] };
    const acceptances = draft.organizations.map(({ organization, plan }) => ({
      organization: organization.id,
      revision: organization.revision,
      events: plan.map(({ row }) => row),
    }));
    const plan = draft.organizations.flatMap((each) => each.plan);
    let result: AcceptResult;
    try {
      // No turn more than this one between the answer and the lanes, or what was written later would overtake it.
      result = await deps.ledger.accept(acceptances, progress);
    } catch (error) {
      releasePlan(plan, deps.enqueuer);
      throw error;
    }
    if (result.status === "stale") {
      releasePlan(plan, deps.enqueuer);
      for (const id of result.organizations) await deps.organizations.reload(id);
      return false;
    }
    enqueuePlan(plan, result.receipts, deps.enqueuer);
    remember(draft.subjects);
    position = progress.position;
    unstored += draft.unstored;
    deps.events?.folded?.(batch.length, result.receipts.filter(({ status }) => status === "accepted").length);
    return true;
  };

  const run = async (): Promise<void> => {
    while (!stopping && failed === null) {
      try {
        again = false;
        const batch = await deps.ledger.readObservations(position, batchSize);
        if (batch.length > 0) await foldBatch(batch);
        else if (!again) return;
      } catch (error) {
        if (error instanceof OwnershipLost) {
          failed = { error };
          return;
        }
        deps.log.error(
          "sensing.failed",
          { err: error, position },
          "Sensing could not go on. Trying again in a second.",
        );
        await new Promise<void>((resolve) => void deps.clock.after(retryMs, resolve));
      }
    }
  };

  const wake = (upTo: number): void => {
    logged = Math.max(logged, upTo);
    again = true;
    if (running !== null || stopping) return;
    running = run().finally(() => {
      running = null;
      if (again && !stopping && failed === null) wake(logged);
    });
  };

  return {
    async start() {
      const stored = await deps.ledger.readSensingState();
      position = stored.position;
      remember(stored.subjects);
      wake(position);
    },
    async stop() {
      stopping = true;
      await running;
    },
    wake,
    async settled() {
      wake(logged);
      while (running !== null) await running;
      if (failed !== null) throw failed.error;
    },
    // What an earlier process logged is known only once it was read: while reading goes on there may be more.
    backlog: () => Math.max(logged - position, running === null ? 0 : 1),
    unstored: () => unstored,
  };
}

interface Draft {
  readonly organizations: readonly { readonly organization: Organization; readonly plan: readonly PlannedEvent[] }[];
  readonly subjects: readonly SubjectState[];
  readonly unstored: number;
}

interface OrganizationDraft {
  readonly organization: Organization;
  readonly plan: PlannedEvent[];
  readonly changed: Map<string, string | null>;
}

type SensingMemory = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Folds a batch on top of what is remembered, without remembering anything yet. */
async function draftOf(
  deps: LogProcessorDeps,
  memory: SensingMemory,
  batch: readonly LoggedObservation[],
): Promise<Draft> {
  const drafts = new Map<string, OrganizationDraft>();
  for (const id of new Set(batch.map(({ organization }) => organization))) {
    const organization = await deps.organizations.get(id);
    if (organization !== null) drafts.set(id, { organization, plan: [], changed: new Map() });
  }
  const acceptedAt = deps.clock.now();
  let unstored = 0;
  for (const logged of batch) {
    const draft = drafts.get(logged.organization);
    if (draft?.organization.model == null) continue;
    const { organization, plan, changed } = draft;
    const derived = derive(deps, organization, draft.organization.model, logged, (key) => {
      const value = changed.get(key);
      return value === undefined ? memory.get(organization.id)?.get(key) : (value ?? undefined);
    });
    for (const { key, value } of derived.changed) changed.set(key, value);
    for (const { event, key, kept } of derived.events) {
      if (kept) plan.push(fanOut(event, organization, deps.enqueuer, { acceptedAt, key, idempotencyKey: null }));
      else unstored++;
    }
  }
  return {
    organizations: [...drafts.values()].filter(({ plan }) => plan.length > 0),
    subjects: [...drafts.values()].flatMap(({ organization, changed }) =>
      [...changed].map(([key, value]) => ({ organization: organization.id, key, value })),
    ),
    unstored,
  };
}

interface Derived {
  readonly events: readonly { readonly event: Event; readonly key: string; readonly kept: boolean }[];
  readonly changed: Fold["changed"];
}

/** One observation. What sensing or a dialect cannot digest is logged and passed over: one bad row must not stop all. */
function derive(
  deps: LogProcessorDeps,
  organization: Organization,
  model: BuildingModel,
  { observation, position }: LoggedObservation,
  get: (key: string) => string | undefined,
): Derived {
  try {
    const { facts, changed } = fold({ get }, observation, model);
    const events = facts.flatMap((fact) =>
      deps.dialects.flatMap((dialect) => {
        const event = dialect.express(fact, model, deps.newEventId);
        return event === null
          ? []
          : [{ event, key: keyOf(fact, event, position), kept: isKept(fact, event, organization) }];
      }),
    );
    return { events, changed };
  } catch (error) {
    const facts = { err: error, organization: organization.id, position, kind: observation.kind };
    deps.log.error("sensing.skipped", facts, "An observation could not be folded and is left out.");
    return { events: [], changed: [] };
  }
}

/** Two people may pass one door in the same second, so the moment alone does not tell instant events apart: the position
 * of their observation does, and it is the same in every fold. A minute is said once per revision. */
function keyOf(fact: Fact, event: Event, position: number): string {
  const key = derivedKey(event);
  return fact.kind === "occupancy" && fact.window === "minute" ? key : `${key}#${position}`;
}

/** Detections and instant occupancy can be derived again from the log and are kept only while somebody takes their type
 * [design §4.17]. */
function isKept(fact: Fact, event: Event, organization: Organization): boolean {
  if (fact.kind === "detections" || (fact.kind === "occupancy" && fact.window === "instant")) {
    return organization.matcher.wants(event.dialect, event.type);
  }
  return true;
}
