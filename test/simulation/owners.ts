// Owners of subscriptions and operators, who make, change, switch, remove and send again at any time.

import { newSecret } from "../../receiver/src/index.ts";
import { afterAct, ownerActs } from "../../src/model/owner-acts.ts";
import { type Binding, type Endpoint, stateOf, type Subscription } from "../../src/model/subscription.ts";
import { changeOrganization, type Decision } from "../../src/store/change-organization.ts";
import type { AuditEntry, OrganizationSnapshot } from "../../src/store/registry.ts";
import type { SeededRandom } from "../../src/simulator/random.ts";
import type { Process } from "./belfry.ts";
import { operator } from "./clients.ts";
import type { House } from "./fixture.ts";
import { roomTypes } from "./offers.ts";
import { endings as allEndings } from "../../src/model/replay.ts";
import type { ReplayRequest } from "../../src/replays/replays-port.ts";
import type { ReplayedDelivery } from "../../src/store/owed.ts";
import type { LedgerFacts } from "./oracle/ledger.ts";
import { sitesOf, type Site } from "./place.ts";
import { day, drawDelays, drawLimit, hour, minute, second } from "./profile.ts";
import { hallAtFirst, organization as hall } from "./sensing/hall.ts";
import { putHall } from "./sensing/sensors.ts";
import { marker, type World } from "./world.ts";
import { type Ask, retryLane, testReceiver } from "./retries.ts";
import type { Wire } from "./oracle/wire.ts";

export interface Owners {
  /** The place and the first subscriptions. */
  settleIn(process: Process): Promise<void>;
  /** Acts of the storm, which lasts `ms`; at the times of `busy` much is under way. */
  plan(ms: number, busy: readonly number[]): void;
  /** Switches on again whatever is disabled. */
  enableAll(process: Process): Promise<void>;
  /** Resends and replays much to one lane. */
  oweAgain(): void;
  /** All URLs that subscriptions ever had. */
  urls(): readonly string[];
  /** How many subscriptions there ever were. */
  made(): number;
}

const sensedTypes = [
  ...["FLOOR", "ROOM", "ZONE"].flatMap((level) => [`${level}_OCCUPANCY`, `${level}_OCCUPANCY_1MIN`]),
  "PIR_MOTION",
  "PIR_NO_MOTION",
  "TRAFFIC",
  "SENSOR_HEALTH",
  "HIVE_HEALTH",
];

const butlrBindings = (random: SeededRandom): readonly Binding[] =>
  random
    .shuffled([...roomTypes, "TRAFFIC"])
    .slice(0, random.whole(1, 4))
    .map((type) => ({ type, variant: 0, resource: null }));

export function createOwners(world: World, house: House, ledger: LedgerFacts, wire: Wire): Owners {
  const { profile, timeline } = world;
  const random = world.random("owners");
  const orders = world.random("orders");
  const pace = world.random("pace");
  const turns = world.random("turns");
  const bindingChanges = world.random("binding changes");
  const urls = new Set<string>();

  const now = (): number => Math.floor(timeline.wall());
  const entry = (action: string, object: string): AuditEntry => ({
    at: now(),
    actor: "key_1",
    action,
    object,
    detail: null,
  });

  /** Few hosts, so that subscriptions share them, and each with a path of its own. */
  function newUrl(): string {
    const url = `https://hook-${random.whole(1, 3)}.example:8443/${urls.size + 1}`;
    urls.add(url);
    return url;
  }

  const secretText = (): string => `${marker}-${random.whole(0, 1e9)}`;

  function endpoint(): Endpoint & { readonly timeoutMs: number } {
    return {
      url: newUrl(),
      timeoutMs: random.pick([1, 5, 15]) * 1000,
      apiKey: random.chance(0.4) ? { name: "x-api-key", value: secretText() } : null,
      basicAuth: random.chance(0.3) ? { username: "belfry", password: secretText() } : null,
    };
  }

  /** Recognizable, whoever prints it: the text in it is the marker. */
  const signingSecret = (): string =>
    newSecret({ bytes: () => Buffer.concat([Buffer.from(marker.repeat(2)), random.bytes(20)]) });

  function drawn(number: number, site: Site): Subscription {
    const butlr = random.chance(0.6);
    const bindings: readonly Binding[] = butlr
      ? butlrBindings(random)
      : [{ type: "access_log.create", variant: random.pick([1, 2]), resource: random.chance(0.3) ? site.door : null }];
    const rooms = random.chance(0.2) ? { room_ids: [random.pick(site.rooms)] } : null;
    return {
      number,
      id: butlr ? `webhook_${number}` : String(number),
      organization: site.organization,
      dialect: butlr ? "butlr" : "butterflymx",
      name: `subscription ${number}`,
      scope: butlr
        ? { kind: "organization" }
        : random.chance(0.5)
          ? { kind: "building", id: site.building }
          : { kind: "tenant", id: random.pick(site.tenants) },
      bindings,
      filters: butlr ? rooms : null,
      sendOnValueChange: butlr && random.chance(0.15),
      repeatMinutes: 0,
      endpoint: butlr ? endpoint() : { ...endpoint(), timeoutMs: null, apiKey: null, basicAuth: null },
      signingSecrets: [{ secret: signingSecret(), until: null }],
      extraSignatures: [],
      lane: {
        maxInFlight: random.pick([null, 1, 2, 3]),
        retryDelays: drawDelays(random),
        rateLimit: pace.chance(profile.limited) ? drawLimit(pace) : null,
        autoDisableMs: pace.chance(0.2) ? pace.pick([0, hour, 12 * hour]) : null,
      },
      order: orders.chance(profile.inOrder) ? "subject" : "none",
      mode: orders.chance(profile.latest) ? "latest" : "all",
      state: "active",
      disabledReason: null,
      createdAt: now(),
      updatedAt: now(),
      document: JSON.stringify({ filters: rooms, bindings: [] }),
    };
  }

  /** Everything that is sensed in the hall. */
  const ofHall = (number: number): Subscription => ({
    ...drawn(number, sitesOf(profile)[0]!),
    id: `webhook_${number}`,
    organization: hall,
    dialect: "butlr",
    scope: { kind: "organization" },
    bindings: random
      .shuffled(sensedTypes)
      .slice(0, random.whole(3, sensedTypes.length))
      .map((type) => ({ type, variant: 0, resource: null })),
    filters: null,
    document: JSON.stringify({ filters: null, bindings: [] }),
  });

  const change = (
    process: Process,
    organization: string,
    decide: (snapshot: OrganizationSnapshot) => Omit<Decision<void>, "result">,
  ): Promise<void> =>
    changeOrganization<void>(process.registry, organization, (snapshot) => ({
      ...decide(snapshot),
      result: undefined,
    }));

  /** One subscription as it is stored when the change is written. */
  const edit = (
    process: Process,
    of: Subscription,
    action: string,
    how: (current: Subscription) => Partial<Subscription>,
  ) =>
    change(process, of.organization, ({ subscriptions }) => {
      const current = subscriptions.find(({ number }) => number === of.number);
      if (current === undefined) return { audit: [] };
      const put = { ...current, ...how(current), updatedAt: now() };
      return { put: [put], audit: [entry(`subscription.${action}`, of.id)] };
    });

  const webhookInput = (random: SeededRandom) => {
    const { url, timeoutMs, apiKey, basicAuth } = endpoint();
    return {
      name: "webhook",
      event_types: [random.pick([...roomTypes, "TRAFFIC"])],
      endpoint_config: {
        url,
        http_timeout: timeoutMs / 1000,
        api_key: apiKey && { key: apiKey.name, value: apiKey.value },
        basic_auth: basicAuth,
      },
    };
  };

  const integrationBody = () => ({
    data: {
      type: "integrations",
      attributes: {
        integrator: "webhook",
        configuration: { url: newUrl(), method: "post" },
        bindings: [{ resource_type: random.pick(["access_log", "door_release"]), actions: ["create"] }],
      },
    },
  });

  /** Owes some of what a lane ever was owed once more, as a slice of a bulk replay does. */
  async function replay(process: Process, lane: number): Promise<void> {
    const past = ledger.ofLane(lane);
    if (past.length === 0) return;
    const one = (): ReplayedDelivery => {
      const { event, variant } = random.pick(past);
      return { event: event.number, lane, variant };
    };
    await process.replay([one(), ...Array.from({ length: random.whole(0, 30) }, one)]);
  }

  const ask: Ask = { world, ledger, wire, timeline, by: operator.key };

  /** Replays and resends meet in one lane. */
  async function owedAgain(process: Process): Promise<void> {
    const { lane, number } = random.pick([...ledger.deliveries.values()]);
    for (let each = 0; each < 15; each++) await process.resend(number);
    await replay(process, lane);
  }

  /** Of some hours that have passed. */
  function drawReplay(): ReplayRequest {
    const from = now() - random.pick([hour, 12 * hour, 2 * day]);
    const to = random.chance(0.5) ? now() : from + hour * random.between(0.1, 1);
    const endings = random.chance(0.3) ? random.shuffled(allEndings).slice(0, 2) : null;
    return { from, to, types: null, spaces: null, endings, perSecond: random.pick([null, 1, 1000]) };
  }

  function act(): void {
    const one = random.pick([...ledger.subscriptions.values(), null]);
    const site = random.pick(sitesOf(profile));
    const asker = { who: operator, organizationHeader: one?.organization ?? site.organization };
    const errand = (of: Subscription | null) =>
      ({
        who: operator,
        kind: of?.scope.kind === "tenant" ? "tenant" : "building",
        parent: of === null || of.scope.kind === "organization" ? site.building : of.scope.id,
      }) as const;
    const acts: Record<string, (process: Process) => Promise<unknown>> = {
      create: (process) =>
        random.chance(0.5)
          ? process.webhooks.createWebhooks(null, { input: [webhookInput(random)] }, asker)
          : process.integrations.create(errand(null), integrationBody()),
      rename: (process) =>
        change(process, site.organization, () => ({
          name: `name ${now()}`,
          audit: [entry("organization.rename", site.organization)],
        })),
    };
    if (one !== null) {
      const butlr = one.dialect === "butlr";
      acts["update"] = (process) =>
        butlr
          ? process.webhooks.updateWebhooks(
              null,
              { input: [{ id: one.id, ...webhookInput(random), event_types: undefined! }] },
              asker,
            )
          : process.integrations.replace(errand(one), one.id, integrationBody());
      acts["remove"] = (process) =>
        butlr
          ? process.webhooks.deleteWebhooks(null, { ids: [one.id] }, asker)
          : process.integrations.remove(errand(one), one.id);
      for (const name of ownerActs) {
        acts[name] = (process) =>
          edit(process, one, name, (now) => afterAct(now, name, { at: now.updatedAt, by: "key_test" }, "asked") ?? {});
      }
      acts["rotate"] = (process) =>
        edit(process, one, "rotate", ({ signingSecrets }) => ({
          signingSecrets: [
            { secret: signingSecrets.at(-1)!.secret, until: now() + random.pick([hour, day]) },
            { secret: signingSecret(), until: null },
          ],
        }));
      acts["order"] = (process) =>
        edit(process, one, "order", ({ order }) => ({ order: order === "subject" ? "none" : "subject" }));
      acts["mode"] = (process) =>
        edit(process, one, "mode", ({ mode }) => ({ mode: mode === "latest" ? "all" : "latest" }));
      acts["slow down"] = (process) =>
        edit(process, one, "update", ({ lane }) => ({ lane: { ...lane, maxInFlight: random.whole(1, 3) } }));
    }
    const past = [...ledger.deliveries.keys()];
    if (past.length > 0) {
      const again = random.pick(past);
      acts["resend"] = (process) => process.resend(again);
      acts["replay"] = (process) => replay(process, ledger.deliveries.get(again)!.lane);
    }
    if (one !== null) {
      acts["replay job"] = (process) => process.replays.create(one, drawReplay(), operator.key);
      const [job] = ledger.replays.open().filter(() => random.chance(0.5));
      if (job !== undefined) acts["cancel a replay job"] = (process) => process.replays.cancel(job, operator.key);
    }
    if (one !== null) {
      acts["retry"] = (process) => retryLane(ask, process, one);
      acts["test"] = (process) => testReceiver(ask, process, one);
    }
    const name = random.pick(Object.keys(acts));
    world.trace(`owner: ${name} ${one?.number ?? ""}`);
    void house.ask(acts[name]!).then((answer) => {
      const failure = answer !== null && "error" in answer ? answer.error : null;
      world.trace(`owner: ${name} ${answer === null ? "cut" : failure === null ? "done" : describe(failure)}`);
      const isBug =
        failure instanceof RangeError || failure instanceof ReferenceError || failure instanceof SyntaxError;
      world.judge.check(!isBug, 15, () => `${name} failed: ${(failure as Error).stack}`);
    });
  }

  /** Sets the rate limit of a lane, or removes it. */
  function limit(): void {
    const all = Array.from(ledger.subscriptions.values());
    if (all.length === 0) return;
    const one = pace.pick(all);
    const rateLimit = pace.chance(0.3) ? null : drawLimit(pace);
    world.trace(`owner: limit ${one.number}`);
    void house.ask((process) => edit(process, one, "rate_limit", ({ lane }) => ({ lane: { ...lane, rateLimit } })));
  }

  /** Enables a subscription that is disabled, whether its receiver works or not. */
  function wake(): void {
    const held = Array.from(ledger.subscriptions.values()).filter(({ state }) => state === "disabled");
    if (held.length === 0) return;
    const one = pace.pick(held);
    world.trace(`owner: wake ${one.number}`);
    void house.ask((process) => edit(process, one, "enable", () => ({ state: "active", disabledReason: null })));
  }

  /** Whoever has had everything wants it in order, or the latest alone, and the other way round. */
  function turn(): void {
    const all = Array.from(ledger.subscriptions.values());
    if (all.length === 0) return;
    const one = turns.pick(all);
    const turnsOrder = turns.chance(0.6);
    world.trace(`owner: turn ${turnsOrder ? "order" : "mode"} ${one.number}`);
    void house.ask((process) =>
      edit(process, one, "turn", ({ order, mode }) =>
        turnsOrder
          ? { order: order === "subject" ? "none" : "subject" }
          : { mode: mode === "latest" ? "all" : "latest" },
      ),
    );
  }

  /** Takes other types, or another form of them. */
  function changeBindings(): void {
    const all = Array.from(ledger.subscriptions.values()).filter(({ organization }) => organization !== hall);
    if (all.length === 0) return;
    const one = bindingChanges.pick(all);
    world.trace(`owner: change bindings ${one.number}`);
    void house.ask((process) =>
      edit(process, one, "update", ({ dialect, bindings }) => ({
        bindings:
          dialect === "butlr"
            ? butlrBindings(bindingChanges)
            : bindings.map((binding) => ({ ...binding, variant: bindingChanges.pick([1, 2]) })),
      })),
    );
  }

  /** A job to a lane that was owed much, cancelled soon or never. */
  function replayJob(): void {
    const all = Array.from(ledger.subscriptions.values());
    if (all.length === 0) return;
    const one = random.pick(all);
    world.trace(`owner: replay job ${one.number}`);
    void house.ask(async (process) => {
      const job = await process.replays.create(one, { ...drawReplay(), from: now() - 3 * day }, operator.key);
      if (random.chance(0.5)) return;
      const soon = random.pick([10, second, 10 * second]) * random.fraction();
      timeline.after(soon, () => void house.ask((then) => then.replays.cancel(job, operator.key)));
    });
  }

  /** An owner who has no patience. */
  function retry(): void {
    const one = random.pick([...ledger.subscriptions.values(), null]);
    if (one === null) return;
    const waiting = ledger.ofLane(one.number).filter(({ state }) => state === "owed");
    const kind = random.pick(["retry", "retry", "test", "one", "resend"]);
    world.trace(`owner: ${kind} now ${one.number}`);
    void house.ask(async (process) => {
      if (kind === "retry") return retryLane(ask, process, one);
      if (kind === "test") return testReceiver(ask, process, one);
      const delivery = waiting.length === 0 ? undefined : random.pick(waiting);
      if (delivery === undefined) return;
      wire.asking(one.number);
      await (kind === "one"
        ? process.acts.retryOne(one, delivery.number, operator.key)
        : process.acts.resend(one, delivery.number, operator.key));
    });
  }

  return {
    oweAgain() {
      if (ledger.deliveries.size > 0) void house.ask(owedAgain);
    },
    urls: () => [...urls],
    made: () => ledger.subscriptions.size,
    async settleIn(process) {
      await process.registry.ensureOrganization(hall, hall, entry("organization.create", hall));
      await putHall(process, hallAtFirst, now());
      if (random.chance(0.7)) {
        const number = await process.registry.allocate(1);
        const put = [ofHall(number)];
        await change(process, hall, () => ({ put, audit: [entry("subscription.create", hall)] }));
      }
      for (const [index, site] of sitesOf(profile).entries()) {
        const { organization, document, places } = site;
        await process.registry.ensureOrganization(
          organization,
          organization,
          entry("organization.create", organization),
        );
        const count = index === 0 ? profile.subscriptions - profile.organizations + 1 : 1;
        const first = await process.registry.allocate(count);
        await change(process, organization, () => ({
          model: { document, places },
          put: Array.from({ length: count }, (_, index) => drawn(first + index, site)),
          audit: [entry("building_model.put", organization)],
        }));
      }
    },
    plan(ms, busy) {
      // Half of it while there is much to do: that is when it is hard.
      for (let each = 0; each < profile.acts; each++) {
        const time = random.chance(0.5)
          ? random.pick(busy) + random.pick([10, 100, second]) * random.fraction()
          : random.between(0, ms);
        timeline.after(time, act);
      }
      for (let each = 0; each < profile.limits; each++) {
        timeline.after(pace.pick(busy) + pace.pick([100, second, minute]) * pace.fraction(), limit);
      }
      for (let each = 0; each < profile.turns; each++) {
        timeline.after(turns.chance(0.5) ? turns.pick(busy) + minute * turns.fraction() : turns.between(0, ms), turn);
      }
      for (let each = 0; each < profile.bindingChanges; each++) {
        timeline.after(
          bindingChanges.pick(busy) + bindingChanges.pick([1, 5, 50]) * bindingChanges.fraction(),
          changeBindings,
        );
      }
      for (let each = 0; each < profile.wakes; each++) timeline.after(pace.between(0, ms), wake);
      for (let each = 0; each < profile.retries; each++) {
        timeline.after(random.pick(busy) + 10 * minute * random.fraction(), retry);
      }
      for (let each = 0; each < profile.replays; each++) {
        timeline.after(random.pick(busy) + minute * random.fraction(), replayJob);
      }
    },
    async enableAll(process) {
      for (const one of Array.from(ledger.subscriptions.values())) {
        if (stateOf(one) !== "active") {
          await edit(process, one, "resume", () => ({ state: "active", disabledReason: null, paused: null }));
        }
      }
    },
  };
}

const describe = (failure: unknown): string => (failure instanceof Error ? failure.message : JSON.stringify(failure));
