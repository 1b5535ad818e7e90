// Every line that the program's log can have, by a name that never changes its meaning: alerts are written on these names.
// docs/logs.md is this list as a table; a test compares. A new line gets a new name here first, or it does not compile.

/** Plain data: level and meaning by name. The part before the dot is what the line is about. */
export const logEvents = {
  "server.starting": ["info", "The server starts, with this `version`, Node and `v8_flags`."],
  "audit.broken": ["warn", "An entry of the audit was changed or removed. `belfry audit verify` says which."],
  "audit.unchecked": ["warn", "The audit could not be checked at this start."],
  "data.permissions": [
    "warn",
    "Other users could use the data directory or a file in it. Belfry has closed it to them.",
  ],
  "server.without_flags": [
    "debug",
    "The process could not be started again with the V8 flags that save memory and time.",
  ],
  "server.started": ["info", "The server is ready."],
  "server.stopping": ["info", "The server was asked to stop. Attempts under way may finish."],
  "server.stopped": ["info", "The server has stopped cleanly."],
  "server.failed": ["error", "The server cannot go on, and its process ends now: start it again."],
  "listener.failed": ["error", "A count or a report of something that happened failed; what happened is not affected."],
  "request.failed": ["error", "A request was answered with 500. `request` is the id in the answer."],
  "request.cut": ["warn", "Requests did not end in time at the stop: their connections were closed."],

  "lane.backing_off": [
    "info",
    "A receiver fails or asked Belfry to wait: its lane starts nothing before `until`. Said once.",
  ],
  "lane.open": ["info", "The receiver of a lane that backed off takes deliveries again."],
  "alert.told": ["info", "An alert of this `kind` is stored, and on its way to those who asked for it."],
  "alert.unwatched": [
    "error",
    "For alerts: the disk or the backlog could not be looked at. Belfry looks again in a minute.",
  ],
  "replay.ended": ["info", "A replay is done, or was cancelled."],
  "subscription.failing_long": [
    "warn",
    "Nothing has succeeded for 50, 75 or 90 `percent` of the time after which Belfry disables the subscription.",
  ],
  "subscription.disabled": [
    "warn",
    "A receiver answered 410 Gone, or nothing succeeded for too long (`reason`): Belfry disables its subscription and holds its deliveries.",
  ],
  "subscription.held_expiring": [
    "warn",
    "A paused or disabled subscription loses what is held for it within a day, at the end of its retention. Said once a day.",
  ],
  "model.unreadable": [
    "error",
    "The building model of an organization was damaged: nothing is taken for it until the model is put again. All others go on.",
  ],
  "subscription.unreadable": [
    "error",
    "What is stored of a subscription was damaged: it is disabled. Put back a backup, or delete it and make it anew.",
  ],
  "subscription.cancelled": ["info", "The deliveries that a removed subscription was owed are cancelled."],
  "attempt.finished": ["debug", "An attempt has ended, however it ended."],
  "attempt.failed": ["error", "Belfry could not make an attempt, through a fault of its own."],
  "attempt.postponed": ["error", "This machine has no file or port left to connect with: raise its limits."],
  "order.stepped_aside": [
    "warn",
    "The last attempt of a delivery has failed in a lane that keeps the order of each subject: later deliveries about its subject go on without it.",
  ],
  "delivery.exhausted": ["warn", "The last attempt of a delivery has failed: it will not arrive."],
  "delivery.expired": ["warn", "Deliveries were still owed when their events reached the end of their retention."],
  "delivery.quarantined": [
    "error",
    "Belfry crashed three times under these deliveries: they are held until somebody resends them.",
  ],
  "dispatcher.failed": ["error", "Delivery cannot go on."],
  "dispatcher.ownership_lost": ["error", "Another process has taken over the deliveries: this one delivers no more."],
  "dispatcher.cut": ["warn", "Attempts were under way when the time to stop was over. They will be made again."],

  "recovery.started": ["warn", "Belfry crashed before this start: what was under way then is tried again, one by one."],
  "recovery.failed": [
    "error",
    "What was under way at the crash could not be tried alone. It will be tried with the others.",
  ],
  "store.failed": ["error", "The store could not do something. Belfry tries again until it can."],
  "store.recovered": ["info", "The store can do again what it could not."],
  "store.release_failed": ["warn", "The clean stop could not be written: the next start treats it as a crash."],

  "erasure.wal_kept": [
    "warn",
    "Something read from the database all the while: what was erased stays in its WAL until that is used again.",
  ],
  "store.unsafe": [
    "warn",
    "PostgreSQL does not keep what it has acknowledged (`setting` is off): a crash of it loses deliveries.",
  ],
  "store.not_accepted": [
    "warn",
    "PostgreSQL did not take what was sent: senders get 503. `err` says why. Said once a minute.",
  ],
  "node.cut_off": ["warn", "The database does not answer this node. Without it for 10 s nothing is started."],
  "node.back": ["info", "The database answers this node again."],
  "node.not_left": ["warn", "At the stop the other nodes could not be told. They take over when its lease has ended."],
  "slice.taken": ["info", "The organizations of this `slice` are delivered and sensed by this node from now on."],
  "slice.given": ["info", "A `slice` was given back in order: another node has it from now on."],
  "slice.lost": ["warn", "Another node has taken a `slice` over, since this one was cut off for too long."],
  "slice.failed": ["error", "A `slice` could not be taken over or given back. Belfry tries again."],
  "slice.not_claimed": ["warn", "Slices that nobody has could not be claimed. Belfry tries again."],
  "slice.not_given": [
    "warn",
    "At the stop slices could not be given back. Others take them over when the lease has ended.",
  ],
  "changes.not_followed": ["warn", "What other nodes change cannot be read. Belfry tries again until it can."],
  "changes.followed": ["info", "What other nodes change is read again."],
  "arrivals.not_read": [
    "warn",
    "What other nodes accept for this one cannot be read. Belfry tries again until it can.",
  ],
  "arrivals.read": ["info", "What other nodes accept for this one is read again."],
  "call.not_sent": ["warn", "Another node could not be told of this `call`."],
  "call.not_answered": ["warn", "This `call` of another node could not be answered."],
  "store.renumbered": [
    "warn",
    "The database is a copy, or was opened with `--as-is`: its numbers go on far above the last one in it.",
  ],
  "backup.copied": ["info", "The database was copied for a backup, which can be fetched."],
  "backup.failed": ["error", "The database could not be copied for a backup."],

  "organization.not_erased": [
    "error",
    "What is left of a removed organization could not be erased. Belfry tries again in a second.",
  ],
  "sensing.failed": ["error", "Observations could not be folded. Belfry tries again in a second."],
  "sensing.left_out": [
    "error",
    "A minute, an event or another conclusion could not be worked out or stored. It is left out.",
  ],
  "sensing.skipped": ["error", "One observation could not be folded and is left out."],
  "sensor.changed": [
    "info",
    "A sensor went online or offline, fell silent or spoke again, got stuck, or its clock changed.",
  ],
  "hive.changed": ["info", "A hive went online or offline, fell silent or spoke again."],
  "space.lost": ["info", "No sensor speaks for a space any more: how many people it holds is unknown."],
  "sensing.many_changed": [
    "info",
    "Very many sensors, hives or spaces changed at once: the first ten have a line each, and this one counts them.",
  ],
  "retention.pruned": ["info", "What was past its retention is deleted."],
  "retention.clock_jumped": ["warn", "The clock of this machine jumped ahead: nothing is deleted in this round."],
} as const satisfies Record<string, readonly [level: "error" | "warn" | "info" | "debug", meaning: string]>;

export type LogEvent = keyof typeof logEvents;

/** The names whose lines have this level. */
export type LogEventAt<Level> = {
  [Name in LogEvent]: (typeof logEvents)[Name][0] extends Level ? Name : never;
}[LogEvent];
