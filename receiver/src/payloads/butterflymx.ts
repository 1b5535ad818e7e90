// ButterflyMX's webhook payloads: those that its guide documents, which Belfry sends, and two that its own servers send for
// calls.

interface EventEnvelope<Resource extends string, Data> {
  readonly event: { readonly resource_type: Resource; readonly action: "create"; readonly data: Data };
}

/** One door entry. */
interface AccessLog {
  readonly id: number;
  /** ISO 8601, UTC. */
  readonly logged_at: string;
  readonly access_point: number;
  /** `Swipe to open` and other texts; an object names the keychain or access tool; null: by schedule, or unknown. */
  readonly entry_method: string | { readonly keychain: number } | { readonly access_tool: number } | null;
  /** `Unlocked` or `Locked`. */
  readonly release_status: string;
  readonly name: string | null;
  readonly image_url: string | null;
}

/** One video call, as the REST API describes it. */
interface Call {
  readonly id: number;
  readonly guid?: string;
  readonly building_id: number;
  readonly logged_at: string;
  readonly notification_type: string;
  readonly recipient: { readonly id: number | null; readonly type: string };
  readonly unit: { readonly id: number } | null;
  readonly device: { readonly id: number; readonly name: string } | null;
  readonly status: string | null;
  readonly image_url: string | null;
}

/** A call without an envelope. Undocumented; ButterflyMX was observed to send it. */
interface FlatCall {
  readonly guid: string;
  readonly panel: Panel;
  readonly source?: Panel;
  readonly user?: { readonly id: number; readonly first_name?: string; readonly last_name?: string };
  readonly unit?: { readonly id: number; readonly label?: string };
  readonly provider?: string;
  readonly image_url?: string | null;
}

interface Panel {
  readonly id: number;
  readonly name: string;
}

export interface ButterflymxPayloads {
  /** One event under two names, this and the next: it carries the name that the subscriber chose. */
  readonly "access_log.create": EventEnvelope<"access_log", AccessLog>;
  readonly "door_release.create": EventEnvelope<"door_release", AccessLog>;
  readonly "call.create": EventEnvelope<"call", Call>;
  readonly "call.create.flat": FlatCall;
  /** Undocumented; the vendor's own demo receiver reads it in this form. */
  readonly "call.status_update": { readonly call: { readonly guid: string }; readonly status: string };
}
