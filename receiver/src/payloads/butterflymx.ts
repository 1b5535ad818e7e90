// ButterflyMX's webhook payloads: what the guide documents, which Belfry sends, and what its own servers were seen to send
// for calls.

interface Envelope<Resource extends string, Data> {
  readonly event: { readonly resource_type: Resource; readonly action: "create"; readonly data: Data };
}

/** One door entry. */
interface AccessLog {
  readonly id: number;
  /** ISO 8601, UTC. */
  readonly logged_at: string;
  readonly access_point: number;
  /** `Swipe to open`, …; an object names the keychain or access tool; null: by schedule, or unknown. */
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

/** A call without an envelope, as ButterflyMX itself was seen to send it. */
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
  /** `access_log.create` and `door_release.create` are one event: it says the name that the subscriber bound. */
  readonly "access_log.create": Envelope<"access_log", AccessLog>;
  readonly "door_release.create": Envelope<"door_release", AccessLog>;
  readonly "call.create": Envelope<"call", Call>;
  readonly "call.create.flat": FlatCall;
  /** Undocumented; as the vendor's own demo receiver reads it. */
  readonly "call.status_update": { readonly call: { readonly guid: string }; readonly status: string };
}
