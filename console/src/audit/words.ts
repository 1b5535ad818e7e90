// Entries of the audit as sentences: who did what to what. An act that is not known here is told by its name. Pure.

/** `key.create` is `made the key`. */
const acts: Readonly<Record<string, string>> = {
  create: "made",
  update: "changed",
  put: "replaced",
  delete: "removed",
  erase: "erased",
  revoke: "revoked",
  reveal: "looked at",
  read: "looked at",
  rotate: "rotated",
  pause: "paused",
  resume: "resumed",
  enable: "enabled",
  disable: "disabled",
  retry: "retried",
  resend: "sent again",
  test: "tested",
  cancel: "cancelled",
  begin: "began",
  end: "ended",
  set: "set",
  recompute: "had recomputed",
  retention: "changed the retention of",
  order: "changed the order of",
  mode: "changed the mode of",
  heartbeat: "changed the heartbeat of",
  signatures: "changed the signatures of",
  rate_limit: "changed the rate limit of",
  auto_disable: "changed when Belfry disables",
  repeat_minutes: "changed the repeated minutes of",
};

const things: Readonly<Record<string, string>> = {
  building_model: "the building model of",
  signing_secret: "the signing secret of",
  sign_in: "the sign-in",
  minutes: "the minutes of",
  occupancy: "the occupancy of",
  access_tool: "the access tool",
};

/** The groups by which somebody narrows the list: all acts on one kind of thing. */
export const groups: readonly (readonly [action: string, name: string])[] = [
  ["building_model.", "Building model"],
  ["picture.", "Pictures"],
  ["subscription.", "Subscriptions"],
  ["signing_secret.", "Signing secrets"],
  ["key.", "Keys"],
  ["alert.", "Alerts"],
  ["replay.", "Replays"],
  ["delivery.", "Deliveries"],
  ["organization.", "Organizations"],
  ["tenant.", "Tenants"],
  ["session.", "Sessions of the console"],
  ["sign_in.", "Sign-ins of apps"],
  ["backup.", "Backups"],
];

/** `made the key`; the thing's id follows. */
export function actWords(action: string): string {
  const dot = action.indexOf(".");
  const [thing, act] = [action.slice(0, dot), action.slice(dot + 1)];
  const verb = acts[act];
  if (dot === -1 || verb === undefined) return `did ${action} to`;
  return `${verb} ${things[thing] ?? `the ${thing.replaceAll("_", " ")}`}`;
}
