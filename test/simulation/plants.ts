// Bugs to plant: each replaces a few words of the real source when it is loaded, and must be caught. A plant whose words are
// not found exactly once fails loudly, so that it cannot outlive the code that it breaks.

import type { Case } from "./profile.ts";

export interface Patch {
  /** Below src/. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

export interface Plant {
  readonly name: string;
  /** Where it shows; null: in what the seeds draw. */
  readonly kind: Case | null;
  readonly patches: readonly Patch[];
}

const plant = (
  name: string,
  ...patches: readonly (readonly [file: string, find: string, replace: string])[]
): Plant => ({
  name,
  kind: null,
  patches: patches.map(([file, find, replace]) => ({ file, find, replace })),
});

const plantIn = (kind: Case, ...given: Parameters<typeof plant>): Plant => ({ ...plant(...given), kind });

export const plants: readonly Plant[] = [
  // Acceptance.
  plant("acknowledge before the commit", [
    "ingest/events/accept-events.ts",
    "    result = await deps.ledger.accept(",
    `    void deps.ledger.accept([{ organization: id, revision, events: plan.map(({ row }) => row) }], null).then(
      (done) => done.status === "done" ? enqueuePlan(plan, done.receipts, deps.enqueuer) : releasePlan(plan, deps.enqueuer),
      () => releasePlan(plan, deps.enqueuer),
    );
    if (plan.length > 0) return plan.map(() => ({ status: "accepted", number: 0, deliveries: [] }));
    result = await deps.ledger.accept(`,
  ]),
  plantIn("changed as events come", "match against subscriptions that have changed since", [
    "store/sqlite/statements/accept.ts",
    'if (organizations.length > 0) return { status: "stale", organizations };',
    "",
  ]),
  plant("forget the ids of senders", [
    "store/sqlite/statements/accept.ts",
    'if (seen !== "new") return { status: seen };',
    "",
  ]),
  plant("keep places in lanes for what was not written", [
    "ingest/events/fan-out.ts",
    "for (const { row } of plan) {\n    for (const { lane, spilled } of row.deliveries) if (!spilled) enqueuer.release(lane);",
    "for (const { row } of plan) {\n    for (const { lane, spilled } of row.deliveries) if (spilled && !spilled) enqueuer.release(lane);",
  ]),
  plant("forget observations that are not folded", [
    "store/sqlite/statements/retention.ts",
    "from observation where position <= ? order",
    "from observation where ? >= 0 order",
  ]),

  // The store.
  plant("lose a delivery on a full disk", [
    "store/sqlite/statements/accept.ts",
    "insertDelivery.run(number, organization, event, lane, variant, at, at, spilled ? 1 : 0, sequence);",
    "try { insertDelivery.run(number, organization, event, lane, variant, at, at, spilled ? 1 : 0, sequence); } catch {}",
  ]),
  plant("keep half of a transaction on a full disk", [
    "store/sqlite/group-commit.ts",
    'if (database.isTransaction) database.exec("rollback");\n    engine.reset();',
    'if (database.isTransaction) database.exec("commit");\n    engine.reset();',
  ]),
  plant("remember what was rolled back", ["store/sqlite/group-commit.ts", "engine.reset();\n    // On", "// On"]),
  plant("answer a full disk as if it were written", [
    "store/sqlite/group-commit.ts",
    'if (kind === "busy" && (calls.length === 1 || !begun)) return calls.map(() => ({ error: unavailable(error) }));',
    'if (kind === "busy") return calls.map(([verb]) => verb === "settle" ? { value: undefined } : { error: unavailable(error) });',
  ]),
  plant("lose work that a crash interrupted", [
    "store/sqlite/statements/ownership.ts",
    "if (unspilled! > 0) spillAll.run(now);",
    "",
  ]),
  plant("try retries at once when the clock was set back", [
    "store/sqlite/statements/ownership.ts",
    "update delivery set due = ${latest} where location in (1, 3) and attempts > 0",
    "update delivery set due = :now where location in (1, 3) and attempts > 0",
  ]),
  plant("let retries wait for a clock that was set back", [
    "store/sqlite/statements/ownership.ts",
    "if (late! > 0) clampUsual.run(usually);",
    "",
  ]),
  plant("give every lane the usual delays at a start", [
    "store/sqlite/statements/ownership.ts",
    "and lane not in (select value from json_each(:lanes))",
    "and (1 or lane not in (select value from json_each(:lanes)))",
  ]),

  // Pace and auto-disable.
  plantIn("rate limits", "begin with a full bucket after every start", [
    "delivery/lane/throttle.ts",
    "before === null ? 0 : before.burst",
    "before === null ? limit.burst : before.burst",
  ]),
  plantIn("rate limits", "fill the bucket with every change of a subscription", [
    "delivery/lane/throttle.ts",
    "if (before?.perSecond === limit.perSecond && before.burst === limit.burst) return;",
    "if (before !== null) before.fullAt = -Infinity;",
  ]),
  plantIn("rate limits", "let retries and replays pass a rate limit", [
    "delivery/lane/scheduler.ts",
    "countStart(lane, at);",
    "if (!isLower) countStart(lane, at);",
  ]),
  plantIn("rate limits", "let a lane sleep on when its next token is there", [
    "delivery/turn.ts",
    'else if (reason === "rate_limit") wakeWhenFree(lane, now, monotonic);',
    "",
  ]),
  plantIn("failing for long", "disable for failing however few attempts failed", [
    "delivery/lane/failing.ts",
    "return step < 100 || attempts >= autoDisableAttempts ? step : null;",
    "return attempts >= 0 * autoDisableAttempts ? step : null;",
  ]),
  plantIn("failing for long", "go on counting failures after a success", [
    "delivery/outcomes.ts",
    "if (success) lane.failing = null;",
    "if (success) void 0;",
  ]),
  plantIn("failing for long", "go on counting failures when a subscription is enabled", [
    "delivery/lane/health.ts",
    "lane.failing = null;\n        forgetPace(lane);",
    "forgetPace(lane);",
  ]),
  plantIn("replay jobs", "add a slice of a replay again when its answer was lost", [
    "store/sqlite/statements/replays.ts",
    " || found.position !== after",
    "",
  ]),
  plant("give a number twice after a start", [
    "store/sqlite/statements/sequences.ts",
    "counters.set(lane, Math.max(last, stored(lane)));",
    "counters.set(lane, Math.min(last, stored(lane)));",
  ]),
  plant("leave out the numbers of what was rolled back", ["store/sqlite/engine.ts", "      sequences.reset();\n", ""]),
  plant("use up a number for a value that has not changed", [
    "store/sqlite/statements/accept.ts",
    "given.push(0);",
    "given.push(sequences.next(each.lane) * 0);",
  ]),
  plant("give what is resent a number of its own", [
    "store/sqlite/statements/owe-again.ts",
    'const sequence = kept(found["sequence"] as number | null);',
    "const sequence = (sequences as unknown as { next(lane: number): number }).next(lane!);",
  ]),
  plantIn("latest only", "call superseded what is under way", [
    "store/sqlite/statements/newest.ts",
    "if (underWay.has(delivery)) return void spared.add(delivery);",
    "if (underWay.has(delivery)) return void numbers.push({ from: sequence!, to: sequence! });",
  ]),
  plantIn("replay jobs", "send what is replayed without its number", [
    "store/sqlite/statements/owe-again.ts",
    "const sequence = kept(sequenceOf(lane, event));",
    "const sequence = kept(sequenceOf(lane, event) && null);",
  ]),
  plantIn("replay jobs", "cancel a replay while its lane goes on", [
    "replays/replays.ts",
    "const unbar = deps.bar(lane);",
    "const unbar = (): void => void lane;",
  ]),
  plantIn(
    "rows due in the same millisecond",
    "skip rows that are due at the same time",
    [
      "store/sqlite/statements/due.ts",
      '"select due from delivery where location = 1 and lane = ? and class = ? order by due, number limit 1 offset ?"',
      '"select min(due) as due from delivery where location = 1 and lane = ? and class = ? and due > ?"',
    ],
    [
      "store/sqlite/statements/due.ts",
      "next.get(lane, ofClass, rows.length)",
      "next.get(lane, ofClass, rows.at(-1)?.due ?? 0)",
    ],
  ),

  // Owners who want it now.
  plantIn("owners who retry", "retry one slice of a lane and no more", [
    "delivery/lane/hasten.ts",
    "for (let count = slice; count >= slice; total += count) {",
    "for (let count = slice; total === 0 && count >= slice; total += count) {",
  ]),
  plantIn("owners who retry", "wake no lane for what is due now", [
    "delivery/lane/hasten.ts",
    "if (count > 0) wake(lane, deliveryClass, at);",
    "if (count < 0) wake(lane, deliveryClass, at);",
  ]),
  plantIn("owners who retry", "leave a lane in its back-off when its owner retries", [
    "organizations/owner-acts.ts",
    "const opened = await openLane(subscription.number);",
    "const opened = subscription.number < 0 && openLane(subscription.number);",
  ]),
  plantIn("owners who retry", "open the lane that is tested", [
    "organizations/owner-acts.ts",
    "const { code, status } = sent.outcome;",
    "const { code, status } = sent.outcome;\n      openLane(subscription.number);",
  ]),
  plantIn("owners who retry", "send a test as a delivery", [
    "delivery/attempt/attempt.ts",
    'header[0] === "belfry-delivery" ? testHeader : header',
    'header[0] === "belfry-delivered" ? testHeader : header',
  ]),
  plantIn("owners who retry", "retry what is paused", [
    "model/owner-acts.ts",
    'if (state === "active") return null;',
    'if (state !== "disabled") return null;',
  ]),

  // Lanes in order.
  plantIn("lanes in order", "let go beside a delivery what comes after it in its line", [
    "store/sqlite/statements/lines.ts",
    "if (head.head < delivery || !isOfSubject(line) || brought.has(head.head)) return false;",
    "if (head.head < delivery) return known().note({ lane, line, head: delivery, isKept: false }) === undefined;",
  ]),
  plantIn("order and mode turned", "pass over what failed before the lane kept order", [
    "store/sqlite/statements/lines.ts",
    "const line = attempts > 0 ?",
    "const line = attempts < 0 ?",
  ]),
  plantIn("lanes in order", "leave behind who waited for a delivery that has ended", [
    "store/sqlite/statements/settle.ts",
    'if ("state" in next) lines.ended(delivery);',
    'if ("state" in next) void delivery;',
  ]),
  plantIn("lanes in order", "do not look who waited behind what has ended", [
    "delivery/lane/buffers.ts",
    'if (mayHaveEnded) lookBehind(lane, delivery.class === "replay" ? ["replay"] : ["live", "retry"]);',
    "",
  ]),
  plantIn("lanes in order", "let the youngest of a line go next", [
    "store/sqlite/statements/line-rows.ts",
    "select min(delivery) as delivery",
    "select max(delivery) as delivery",
  ]),
  plantIn("lanes in order", "take what a lane in order is owed straight into memory", [
    "delivery/lane/enqueue.ts",
    "!lane.inOrder && ",
    "",
  ]),

  // Latest states only.
  plantIn("latest only", "supersede what is under way", [
    "store/sqlite/statements/newest.ts",
    "if (underWay.has(delivery)) return void spared.add(delivery);",
    "",
  ]),
  plantIn("latest only", "take the oldest state for the newest", [
    "store/latest-only.ts",
    "one.at > other.at ||",
    "one.at < other.at ||",
  ]),
  plantIn("latest only", "supersede what is no state", [
    "store/latest-only.ts",
    "again === 1 ? undefined : states[type]",
    "again === 1 ? undefined : type",
  ]),
  plantIn("latest only", "supersede what was resent", [
    "store/latest-only.ts",
    "again === 1 ? undefined : states[type]",
    "states[type]",
  ]),
  plantIn("latest only", "let a state that was delivered supersede what waits", [
    "store/sqlite/statements/newest.ts",
    "isOwed.get(before.number) === undefined",
    "isOwed.get(before.number) === null",
  ]),
  plantIn("latest only", "let a state go beside another of its kind", [
    "store/sqlite/statements/due.ts",
    "line === null || lines.passes(lane, line, number, displace)",
    "read.inOrder !== true || lines.passes(lane, line!, number, displace)",
  ]),

  // Alerts.
  plantIn("alerts told", "tell of a receiver that fails whenever it is looked at", [
    "alerts/teller.ts",
    "markTold(matter, clock.monotonic());",
    "void markTold;",
  ]),
  plantIn("alerts told", "tell nobody that a receiver has recovered", [
    "alerts/listen.ts",
    'matters.close("subscription.failing", subject);',
    "",
  ]),
  plantIn("alerts told", "tell of hiccups", ["alerts/matters.ts", "if (at - changedAt < settleMs) return null;", ""]),

  // Ownership.
  plant("forget the epoch", [
    "store/sqlite/statements/ownership.ts",
    "const epoch = context.raiseEpoch();",
    'const epoch = Number(context.meta("epoch") ?? context.raiseEpoch());',
  ]),
  plant("book the success of an owner that lost its epoch", [
    "store/sqlite/statements/settle.ts",
    "context.checkEpoch(epoch);\n      for (const settlement",
    "for (const settlement",
  ]),
  plant("attempt on after the stop began", [
    "delivery/turn.ts",
    "if (owned.running() && !recovery.isTrying()) goOn();",
    "if (!recovery.isTrying()) goOn();",
  ]),

  // The retry rule.
  plant("one retry off in the schedule", [
    "delivery/attempt/retry-policy.ts",
    "rule.delays[attempt - 1]",
    "rule.delays[attempt]",
  ]),
  plant("retry for ever", [
    "delivery/attempt/retry-policy.ts",
    "rule.delays[attempt - 1]",
    "(rule.delays[attempt - 1] ?? rule.delays.at(-1))",
  ]),
  plant("no jitter", ["delivery/attempt/retry-policy.ts", "delay * (1 + rule.jitter * (2 * fraction - 1))", "delay"]),
  plant("a delay that overflows", ["delivery/attempt/retry-policy.ts", "Math.ceil(Math.max(", "~~(Math.max("]),
  plant("Retry-After in ms", ["delivery/client/retry-after.ts", "Number(text) * 1000", "Number(text)"]),
  plant("go on while a receiver asks for patience", [
    "delivery/lane/lane.ts",
    "if (ended.pauseMs > 0) lane.pausedUntil =",
    "if (ended.pauseMs < 0) lane.pausedUntil =",
  ]),
  plant("go on after 410", [
    "delivery/attempt/retry-policy.ts",
    'disable: isCurrent && kind === "disable"',
    "disable: false",
  ]),

  // Time.
  plant("a timer that overflows", ["clock.ts", "Math.min(Math.max(ms, 0), longestTimer)", "Math.max(ms, 0)"]),
  plant("measure intervals by the wall clock", ["clock.ts", "performance.now()", "Date.now()"]),
  plant("let engine time go back", ["delivery/due-clock.ts", "time = Math.max(passed, wall);", "time = wall;"]),
  plant("never wake earlier than planned", [
    "delivery/structures/timer-queue.ts",
    "if (at >= item.wakeAt) return;",
    "if (item.wakeAt < Infinity) return;",
  ]),

  // Lanes.
  plant("reuse a body", [
    "delivery/attempt/attempt.ts",
    "const body = composer.compose(event.dialect, event.body, delivery.variant);",
    "const body = (prepared.body ??= composer.compose(event.dialect, event.body, delivery.variant));",
  ]),
  plant("deliver after a delete", [
    "delivery/lane/lanes.ts",
    "lane.removed ? null : (subscriptions.get(lane.number) ?? null);",
    "subscriptions.get(lane.number) ?? lane.subscription;",
  ]),
  plant("deliver while disabled", [
    "delivery/lane/lanes.ts",
    'stateOf(subscription) === "active"',
    'stateOf(subscription) !== "paused"',
  ]),
  plant("deliver while paused", [
    "delivery/lane/lanes.ts",
    'stateOf(subscription) === "active"',
    'subscription.state === "active"',
  ]),
  plant("enabling resumes", [
    "model/owner-acts.ts",
    "enable: isDisabled ? enabled : null,",
    "enable: { ...enabled, paused: null },",
  ]),
  plant("a vendor's change resumes", [
    "dialects/butlr/webhooks.ts",
    'state: "active",\n    disabledReason: null,\n    updatedAt: now,',
    'paused: null,\n    state: "active",\n    disabledReason: null,\n    updatedAt: now,',
  ]),
  plant("keep the old address and secret", ["delivery/lane/lanes.ts", "lane.prepared = null;", ""]),
  plant("load a row twice", ["delivery/lane/buffer.ts", "if (resident.has(row.number)) continue;", ""]),
  plant("forget what is given back", [
    "delivery/lane/buffers.ts",
    "spill(lane, buffers.unload(lane.buffer, resident))",
    "void buffers.unload(lane.buffer, resident)",
  ]),
  plant("overtake what waits on the disk", ["delivery/lane/buffer.ts", "if (buffer.liveOnDisk) return false;", ""]),
  plant("ignore the cap of a lane", [
    "delivery/lane/why-idle.ts",
    "if (lane.inFlight < widthOf(lane)) return",
    "return",
  ]),
  plant("ignore the cap of a host", [
    "delivery/lane/scheduler.ts",
    "if (isHostFull(lane.host, shared.hostCap)) {",
    "if (caps.host < 0) {",
  ]),
  plant(
    "ignore the cap of an organization",
    [
      "delivery/lane/scheduler.ts",
      "if (++organization.inFlight === caps.organization)",
      "if (++organization.inFlight === -1)",
    ],
    [
      "delivery/lane/scheduler.ts",
      "if (queue.list === null && lane.organization.inFlight < caps.organization)",
      "if (queue.list === null)",
    ],
  ),
  plant("ignore the cap of all", [
    "delivery/turn.ts",
    "attempts.inFlight() + settler.unwritten()",
    "attempts.inFlight()",
  ]),
  plant("let slow lanes take all slots", ["delivery/lane/scheduler.ts", "if (isSlowFull()) return pickOf(quick);", ""]),

  // Why a lane is idle.
  plant("forget to review a lane that was read", [
    "delivery/dispatcher.ts",
    "for (const lane of loaded) touch(lane);",
    "void loaded;",
  ]),
  plant("say that a receiver is probed when its lane is full", [
    "delivery/lane/why-idle.ts",
    'return lane.breaker.open ? "probing" : "at_lane_cap";',
    'return "probing";',
  ]),
  plant("blame the receiver for a machine without files", [
    "delivery/lane/why-idle.ts",
    'if (lane.shortUntil > monotonic) return "local_shortage";',
    'if (lane.shortUntil > monotonic) return "backing_off";',
  ]),
  plantIn("a single slot", "say that nothing is due while all slots are taken", [
    "delivery/lane/why-idle.ts",
    'if (!engine.hasRoom()) return "at_overall_cap";',
    'if (!engine.hasRoom()) return "nothing_due";',
  ]),

  // The three classes.
  plant("make a retry of a replay that failed", [
    "store/sqlite/statements/settle.ts",
    "class = max(class, ${classNumber.retry})",
    "class = ${classNumber.retry}",
  ]),
  plant("let live deliveries wait behind replays", [
    "delivery/lane/buffer.ts",
    "const first = sizeOf(live.rows) > 0 ? live : retries ? retry : replay;",
    "const first = replays ? replay : sizeOf(live.rows) > 0 ? live : retry;",
  ]),
  plant("starve retries and replays", [
    "delivery/lane/buffer.ts",
    "++buffer.turn % every === 0 ? lower : first",
    "++buffer.turn < 0 ? lower : first",
  ]),
  plant("starve replays while retries wait", [
    "delivery/lane/buffer.ts",
    "replays && (!retries || replay.passedOver > retry.passedOver)",
    "replays && !retries",
  ]),
  plant("forget the class of what is read", [
    "store/sqlite/statements/due.ts",
    "class: className(ofClass),",
    'class: "live",',
  ]),
  plant("look for a failed replay among the retries", [
    "model/delivery.ts",
    '(before === "replay" ? "replay" : "retry")',
    '(before === "replay" ? "retry" : "retry")',
  ]),
  plant("resend as if it happened now", [
    "store/sqlite/statements/owe-again.ts",
    "1, 1, ${classNumber.retry}, ?)`",
    "1, 1, ${classNumber.live}, ?)`",
  ]),
  plant("find live deliveries only after a restart", [
    "store/sqlite/statements/ownership.ts",
    "class: className(Number(number)), nextDue",
    'class: Number(number) < 0 ? className(0) : "live", nextDue',
  ]),
  plant("read a class in the order of another", [
    "store/sqlite/statements/due.ts",
    "and d.class = ? and d.due <= ? order by d.due, d.number limit ?",
    "and d.class = ? and d.due <= ? order by d.number desc limit ?",
  ]),

  // Receivers that fail, and what ended the process.
  plant("never open the breaker", [
    "delivery/lane/breaker.ts",
    "if (failures < rule.breakAfter)",
    "if (failures >= 0)",
  ]),
  plant(
    "probe with all that waits",
    ["delivery/lane/lane.ts", "lane.breaker.open ? 1 : Math.min", "Math.min"],
    ["delivery/lane/lane.ts", "|| lane.breaker.open) lane.pace = 1", ") lane.pace = 1"],
    ["delivery/lane/memory-budget.ts", "if (lane.breaker.open) return 1;", ""],
  ),
  plant("never probe", [
    "delivery/lane/breaker.ts",
    "{ open: true, failures, probeAt: at + delay }",
    "{ open: true, failures, probeAt: at + 1e11 }",
  ]),
  plant("forget over a restart that lanes back off", [
    "delivery/lane/health.ts",
    "lane.pausedUntil = clock.monotonic() + Math.min(health.until - from, settings.retryAfterMostMs);\n      lane.breaker = restored(health.failures, lane.pausedUntil, settings);",
    "",
  ]),
  plant("forget to mark what may have ended the process", [
    "delivery/recovery/crash-recovery.ts",
    "if (number > upTo) return false;",
    "if (number >= 0) return false;",
  ]),
  plant("convict after the first note", [
    "store/sqlite/statements/started.ts",
    "const triesMost = 2;",
    "const triesMost = 1;",
  ]),

  // Sensing.
  plant("hold a frame ten times as long", ["sensing/presence/frame.ts", "holdMs = 3_000", "holdMs = 30_000"]),
  plant("pass over frames that come late", [
    "sensing/presence/presence.ts",
    "for (const minute of late) lateMinutes.mark({ floor: layout.floor.id, minute }, acceptedAt);",
    "",
  ]),
  plant("forget late minutes in a crash", [
    "sensing/records.ts",
    "const texts = [...changed].map(",
    'const texts = [...changed].filter(([key]) => !key.startsWith("late:")).map(',
  ]),
  plant("begin with an empty memory", [
    "ingest/derive/log-processor.ts",
    "await readAgain(rereading, stored.rereadFrom, stored.position);",
    "",
  ]),
  plant("read too little of the log again", [
    "ingest/derive/reread-mark.ts",
    "rereadMs = 150_000",
    "rereadMs = 15_000",
  ]),
  plant("forget which minutes are closed", [
    "sensing/presence/floors.ts",
    "if (closed.get(id)?.openFrom !== openFrom) closed.set(",
    "if (openFrom > 1e15) closed.set(",
  ]),
  plant("correct a minute under its old revision", [
    "sensing/minutes/told-minutes.ts",
    "before === null ? 0 : before.revision + 1",
    "before === null ? 0 : before.revision",
  ]),
  plant("correct a minute by the same value", [
    "sensing/minutes/told-minutes.ts",
    "before === null || before.value !== row.value",
    "before === null || row.observedS >= 0",
  ]),
  plant("count everybody for each sensor", [
    "sensing/presence/floor-view.ts",
    "if ((other.x - person.x) ** 2 + (other.y - person.y) ** 2 > gateMetres ** 2) continue;",
    "if (other !== person) continue;",
  ]),
  plant("take two people of one frame for one", [
    "sensing/presence/merge.ts",
    "one === other || sharesSensor(one, other)",
    "one === other",
  ]),
  plant(
    "go on with the totals of a counter that was replaced",
    ["sensing/traffic/traffic.ts", "known !== undefined && isOf(known, sensor) ? known", "known !== undefined ? known"],
    ["sensing/traffic/traffic.ts", "if (!isOf(counter, model.sensors.get(id))) counters.delete(id);", ""],
  ),
  plant("keep a sensor that was removed", [
    "sensing/presence/floors.ts",
    "if (layout.text !== state.layout.text) replace(id, state, layout, now);",
    "if (layout.text === id) replace(id, state, layout, now);",
  ]),
  plant("let a room come to rest at once", [
    "sensing/motion/motion.ts",
    "(lastMotionOf(room, model) ?? edges.get(room.id)!.at) + room.noMotionAfterMs",
    "(lastMotionOf(room, model) ?? edges.get(room.id)!.at) + 1_000",
  ]),
  plant("take the same observation twice", [
    "store/sqlite/statements/observation-log.ts",
    'if (seen !== "new") return { status: seen };',
    "",
  ]),
  plant("let the frame that comes last count", [
    "sensing/presence/live-floor.ts",
    "(last !== undefined && frame.at < last.at)",
    "false",
  ]),
  plant("write events without what sensing remembers", [
    "ingest/derive/writer.ts",
    "subjects.push({ organization, ...change });",
    "void change;",
  ]),
  plant("lose what was concluded before a read failed", [
    "ingest/derive/rounds.ts",
    "await said.flush(0);",
    "if (failure === null) await said.flush(0);",
  ]),
  plant(
    "let what comes too late count",
    [
      "sensing/sensing.ts",
      "recompute(layout, observations, late.minute, late.isAsked === true)",
      "recompute(layout, observations, late.minute, true)",
    ],
    ["sensing/minutes/floor-minutes.ts", "        if (isTooLate(minute, acceptedAt)) continue;\n", ""],
    ["sensing/minutes/floor-minutes.ts", "if (isTooLate(to, acceptedAt)) return tooLate;", ""],
  ),
  plant("forget an instant that waits for its second", [
    "sensing/presence/live-floor.ts",
    "isRestored = at < heardAt + silentMs;\n      if (isRestored) return;",
    "if (at < heardAt + silentMs) return;",
  ]),
  plant("close a minute without what came out of order", [
    "sensing/minutes/floor-minutes.ts",
    "else if (!isInOrder) outOfOrder.add(minute);",
    "",
  ]),
  plant("say an instant ten times a second", [
    "sensing/presence/statements.ts",
    "leastGapMs = 1_000",
    "leastGapMs = 100",
  ]),
  plant("forget what a room says of its motion", [
    "sensing/records.ts",
    "const texts = [...changed].map(",
    'const texts = [...changed].filter(([key]) => !key.startsWith("motion:")).map(',
  ]),

  // Health.
  plant("date a silence by who notices it", [
    "sensing/health/teller.ts",
    "const at = each.voice.heard + patience(each.voice);",
    "const at = before;",
  ]),
  plant("forget in a crash what was told of sensors", [
    "sensing/records.ts",
    "const texts = [...changed].map(",
    'const texts = [...changed].filter(([key]) => !key.startsWith("sensor-health:")).map(',
  ]),
  plant("forget in a crash who was heard in the last minute", [
    "sensing/sensing.ts",
    "if (isSensed(observation)) health.reread(observation, acceptedAt, position, model);",
    "",
  ]),
  plant("take the absence of the server for silence", [
    "sensing/health/health.ts",
    "since - from > breakMs",
    "since - from > 1e15",
  ]),
  plant("tell every heartbeat as a change", ["sensing/health/teller.ts", "state !== each.told", "state >= 0"]),
];

/** Breaks the source of one module; throws where the words are not there exactly once. */
export function patched(plant: Plant, file: string, source: string): string {
  let text = source;
  for (const { file: where, find, replace } of plant.patches) {
    if (where !== file) continue;
    const parts = text.split(find);
    if (parts.length !== 2)
      throw new Error(
        `"${plant.name}" wants to replace in src/${file} what stands there ${parts.length - 1} times: ${find}`,
      );
    text = parts.join(replace);
  }
  return text;
}
