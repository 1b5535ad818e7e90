// The answers of the operator API, as far as the pages read them. Times are ISO 8601 texts.

/** What a building's or tenant's key may call by name. */
export interface Names {
  /** null: the buildings are in several. */
  readonly timezone: string | null;
  readonly data: readonly {
    readonly kind: string;
    readonly id: string;
    readonly number: number | null;
    readonly name: string;
    readonly floor: string | null;
    readonly building: string;
  }[];
}

export interface List<Item> {
  readonly data: readonly Item[];
  readonly next: string | null;
}

export type Role = "operator" | "ingest" | "organization" | "building" | "tenant" | "viewer";

export interface SessionAnswer {
  readonly key: string;
  readonly role: Role;
  readonly organization: string | null;
  readonly targets: readonly string[];
  readonly expires_at: string | null;
  readonly csrf_token: string | null;
  /** How the pages look to whoever came by a portal link; null: nobody did. */
  readonly portal: PortalLook | null;
  /** Whether this server has inboxes. */
  readonly inboxes: boolean;
}

export interface PortalLook {
  readonly title: string | null;
  readonly home: string | null;
  readonly colours: { readonly accent?: string; readonly accent_dark?: string };
}

export interface Organization {
  readonly id: string;
  readonly name: string;
}

export type Level = "floor" | "room" | "zone";

export interface SpaceNow {
  readonly space: string;
  readonly level: Level;
  readonly name: string;
  readonly floor: string;
  readonly building: string;
  readonly presence: {
    readonly value: number | null;
    readonly at: string | null;
    readonly age_ms: number | null;
    readonly sensors: number;
    readonly heard: number;
    readonly unplaced: number;
  };
  readonly traffic: {
    readonly value: number;
    readonly at: string;
    readonly age_ms: number;
    readonly late: number;
  } | null;
}

export interface Minute {
  readonly at: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly observed_s: number;
  readonly revision: number;
}

export interface Minutes {
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  readonly not_observed: number;
  readonly data: readonly Minute[];
}

export interface SpaceDay extends SpaceNow {
  readonly minutes: {
    readonly from: string;
    readonly until: string;
    readonly presence: Minutes;
    readonly traffic: Minutes | null;
  };
}

export type Point = readonly [number, number];

export interface Model {
  readonly organization: Organization;
  readonly sites: readonly Site[];
}

export interface Site {
  readonly id: string;
  readonly name: string;
  readonly timezone: string;
  readonly buildings?: readonly Building[];
}

export interface Building {
  readonly id: string;
  readonly name: string;
  readonly butterflymx_id?: number;
  readonly floors?: readonly Floor[];
  readonly access_points?: readonly Named[];
  readonly devices?: readonly Named[];
  readonly units?: readonly { readonly id: string; readonly label: string; readonly butterflymx_id?: number }[];
  readonly tenants?: readonly Tenant[];
}

interface Named {
  readonly id: string;
  readonly name: string;
  readonly butterflymx_id?: number;
}

export interface Tenant {
  readonly id: string;
  readonly butterflymx_id?: number;
  readonly first_name?: string;
  readonly last_name?: string;
  readonly full_name?: string;
}

export interface Drawable {
  readonly id: string;
  readonly name: string;
  readonly coordinates?: readonly Point[];
  readonly capacity?: { readonly max?: number };
}

export interface Room extends Drawable {
  readonly roomType?: string;
}

export interface Zone extends Drawable {
  readonly room_id?: string;
}

export interface Floor extends Drawable {
  readonly rooms?: readonly Room[];
  readonly zones?: readonly Zone[];
  readonly sensors?: readonly ModelSensor[];
  readonly hives?: readonly { readonly id: string; readonly serialNumber: string; readonly name?: string }[];
}

export interface ModelSensor {
  readonly id: string;
  readonly name?: string;
  readonly mac_address: string;
  readonly mode: "presence" | "traffic";
  readonly room_id?: string;
  readonly center?: Point;
  readonly footprint?: Point;
  readonly height?: number;
  readonly field_of_view?: number;
  readonly orientation?: readonly number[];
  readonly is_entrance?: boolean;
  readonly counting_line?: { readonly line: readonly [Point, Point] };
}

export type LaneState = "open" | "ramping" | "probing" | "backing_off" | "paused" | "disabled";

export interface LaneStatus {
  readonly state: LaneState;
  readonly waiting_for: string | null;
  readonly until: string | null;
  readonly consecutive_failures: number;
  readonly last_failure: { readonly code: string; readonly status: number | null; readonly at: string } | null;
  readonly in_flight: number;
  readonly cap: number;
  readonly starts_per_second: number | null;
  readonly failing: { readonly since: string; readonly attempts: number } | null;
  readonly waiting_in_memory: number;
  readonly more_on_disk: boolean;
  readonly oldest_due: string | null;
}

export type Dialect = "butlr" | "butterflymx";

export interface Certificate {
  readonly subject: string;
  readonly not_after: string;
}

/** How the attempts of the last 24 hours went. */
export interface Figures {
  readonly from: string;
  readonly attempts: number;
  readonly delivered: number;
  readonly p50_ms: number | null;
  readonly p99_ms: number | null;
  readonly is_sample: boolean;
  readonly hours: readonly HourFigures[];
  readonly last: { readonly at: string; readonly code: string; readonly status: number | null } | null;
  readonly backlog: number;
  readonly is_backlog_whole: boolean;
  readonly sequence: number;
}

export interface HourFigures {
  readonly at: string;
  readonly codes: Readonly<Record<string, number>>;
  readonly p50_ms: number;
  readonly p99_ms: number;
}

export interface Subscription {
  readonly id: string;
  readonly organization: string;
  readonly dialect: Dialect;
  readonly name: string;
  readonly scope: { readonly kind: "organization" | "building" | "tenant"; readonly id?: string };
  readonly bindings: readonly { readonly type: string; readonly variant: number; readonly resource: string | null }[];
  readonly filters: Readonly<
    Record<string, readonly string[] | { readonly comparison: string; readonly value: number }>
  > | null;
  readonly send_on_value_change: boolean;
  readonly repeat_minutes: number;
  readonly heartbeat_s: number | null;
  readonly payload_format: string;
  readonly secrecy: boolean;
  readonly include_locked: boolean;
  readonly order: "none" | "subject";
  readonly mode: "all" | "latest";
  readonly endpoint: {
    readonly url: string;
    readonly timeout_ms: number | null;
    readonly has_api_key: boolean | null;
    readonly api_key_header: string | null;
    readonly has_basic_auth: boolean | null;
    readonly basic_auth_username: string | null;
    readonly header_names: readonly string[] | null;
    readonly client_certificate: Certificate | null;
    readonly ca_certificates: readonly Certificate[] | null;
  };
  readonly signatures: readonly string[];
  readonly public_key: string | null;
  readonly rate_limit: { readonly per_second: number; readonly burst: number } | null;
  readonly auto_disable_after_s: number | null;
  readonly lane: {
    readonly max_in_flight: number | null;
    readonly retry_delays_ms: readonly number[] | null;
    readonly status: LaneStatus | null;
  };
  readonly state: "active" | "paused" | "disabled";
  readonly paused: { readonly at: string; readonly by: string } | null;
  readonly disabled_reason: string | null;
  readonly created_at: string;
  readonly updated_at: string;
  /** Where it was asked for. */
  readonly figures?: Figures;
}

export interface Secrets {
  readonly signing_secret: string;
  readonly signing_secrets: readonly {
    readonly secret: string;
    readonly public_key?: string;
    readonly until: string | null;
  }[];
}

export type DeliveryState = "pending" | "held" | "delivered" | "exhausted" | "cancelled" | "expired" | "superseded";

export interface Attempt {
  readonly attempt: number;
  readonly started_at: string;
  readonly duration_ms: number;
  readonly code: string;
  readonly status: number | null;
  readonly detail: string | null;
  readonly response_bytes: number;
  readonly response: string | null;
  readonly response_encoding: "text" | "base64" | null;
}

export interface Delivery {
  readonly id: string;
  readonly event: string;
  readonly type: string;
  readonly subject: string;
  readonly organization: string;
  readonly subscription: string;
  readonly state: DeliveryState;
  readonly attempt_count: number;
  readonly created_at: string;
  readonly due: string | null;
  readonly sequence: number | null;
  readonly last_attempt: Attempt | null;
  readonly attempts?: readonly Attempt[];
  /** Of the last attempt; null: its subscription is gone. */
  readonly request?: DeliveryRequest | null;
  /** The one about its subject that goes before it, where its subscription keeps order. */
  readonly waits_behind?: Delivery | null;
}

export interface DeliveryRequest {
  readonly method: string;
  readonly url: string;
  /** null: it is not shown. */
  readonly headers: readonly { readonly name: string; readonly value: string | null }[];
  readonly body: string;
}

/** Whom an event went to, and why not to the others. */
export interface EventSubscription {
  readonly subscription: string;
  readonly delivery: string | null;
  readonly reason: "younger" | "type" | "resource" | "scope" | "filter" | "unchanged" | "changed" | null;
  readonly filter: string | null;
  readonly state: "active" | "paused" | "disabled";
}

export interface EventAnswer {
  readonly id: string;
  readonly organization: string;
  readonly dialect: Dialect;
  readonly type: string;
  readonly subject: string;
  readonly at: string;
  readonly accepted_at: string;
  readonly revision: number;
  readonly body: string;
}

export interface Watched {
  readonly kind: "sensor" | "hive";
  readonly id: string;
  readonly building: string;
  readonly floor: string;
  readonly model: string | null;
  readonly online: boolean;
  readonly last_heard: string | null;
  readonly silent_since: string | null;
  readonly usual_gap_ms: number | null;
  readonly mac_address?: string;
  readonly serial_number?: string;
  readonly mode?: "presence" | "traffic";
  readonly room?: string | null;
  readonly hive?: string | null;
  readonly last_message?: Readonly<Record<"detections" | "traffic" | "motion" | "heartbeat", string | null>>;
  readonly stuck_since?: string | null;
  readonly clock?: "ok" | "ahead" | "behind" | "wrong";
}

export interface Entry {
  readonly number: number;
  readonly kind: "access" | "call";
  readonly at: string;
  readonly status: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface Explanation {
  readonly at: string;
  readonly log: "read" | "not_kept" | "too_much";
  readonly kept_from: string | null;
  readonly explained: {
    readonly value: number | null;
    readonly heard: number;
    readonly sensors: readonly {
      readonly id: string;
      readonly state: "counted" | "silent";
      readonly speaks: boolean;
      readonly frame: { readonly at: string; readonly people: number; readonly masked: readonly unknown[] } | null;
      readonly last_frame: { readonly at: string; readonly people: number } | null;
      readonly silent_since: string | null;
    }[];
    readonly people: readonly { readonly sensors: readonly string[]; readonly counts: number }[];
    readonly elsewhere: number;
    readonly minute: {
      readonly at: string;
      readonly closed: boolean;
      readonly computed: { readonly value: number; readonly observed_s: number } | null;
      readonly late: { readonly count: number };
    };
  } | null;
  readonly stored: Minute | null;
  readonly revisions: readonly {
    readonly revision: number;
    readonly value: number | null;
    readonly event: string;
    readonly subscriptions: number;
    readonly deliveries: Readonly<Partial<Record<DeliveryState, number>>>;
  }[];
  readonly zeroing: { readonly enabled: boolean; readonly absent_since: string | null } | null;
}

export interface InboxAnswer {
  readonly status: number;
  readonly delay_ms: number;
  readonly fail_first: number;
}

/** As whoever knows its address sees it. */
export interface OpenInbox {
  readonly name: string | null;
  readonly url: string;
  readonly created_at: string;
  readonly expires_at: string;
  readonly answer: InboxAnswer;
  readonly received: number;
}

export interface Inbox extends OpenInbox {
  readonly id: string;
  readonly organization: string;
  readonly scope: { readonly kind: "organization" | "building" | "tenant"; readonly id?: string };
}

export interface InboxRequest {
  readonly number: number;
  readonly at: string;
  readonly method: string;
  readonly from: "belfry" | "outside";
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  readonly body_encoding: "utf8" | "base64";
  readonly body_bytes: number;
  readonly is_cut: boolean;
  readonly answered: { readonly status: number; readonly delay_ms: number };
  readonly verification: { readonly subscription: string; readonly fault: string | null } | null;
}

export interface InboxRequests {
  readonly inbox: OpenInbox;
  readonly data: readonly InboxRequest[];
}

export type Ending = "delivered" | "exhausted" | "cancelled" | "expired" | "superseded" | "none";

export interface Replay {
  readonly id: string;
  readonly organization: string;
  readonly subscription: string;
  readonly state: "running" | "cancelling" | "done" | "cancelled";
  readonly reason: string | null;
  readonly from: string;
  readonly to: string;
  readonly types: readonly string[] | null;
  readonly spaces: readonly string[] | null;
  readonly states: readonly Ending[] | null;
  readonly per_second: number;
  readonly done: number;
  readonly progress: number;
  readonly scanned_until: string | null;
  readonly created_at: string;
  readonly created_by: string;
  readonly ended_at: string | null;
}

export interface HourCount {
  readonly type: string;
  readonly hour: string;
  readonly count: number;
}

export interface DryRun {
  readonly total: number;
  readonly per_second: number;
  readonly takes_s: number;
  readonly counts: readonly HourCount[];
  readonly sample: readonly {
    readonly id: string;
    readonly type: string;
    readonly subject: string;
    readonly at: string;
    readonly accepted_at: string;
    readonly body: string;
  }[];
  readonly complete: boolean;
  readonly scanned_until: string | null;
  readonly kept_from: string | null;
  readonly not_kept: readonly { readonly type: string; readonly log_from: string | null }[];
}

export type AlertForm = "json" | "slack" | "teams";

export interface AlertTarget {
  readonly id: string;
  readonly organization: string | null;
  readonly building: string | null;
  readonly tenant: string | null;
  readonly url: string;
  readonly form: AlertForm;
  readonly kinds: readonly string[] | null;
  readonly state: "active" | "disabled";
  readonly disabled_reason: string | null;
  readonly lane: LaneStatus | null;
  readonly created_at: string;
  readonly signing_secret?: string;
}

export interface OpenAlert {
  readonly kind: string;
  readonly type: "subscription" | "sensor" | "hive" | "installation";
  readonly id: string;
  readonly name: string | null;
  readonly organization: string | null;
  readonly since: string;
  readonly text: string;
}

export interface ToldAlert {
  readonly id: string;
  readonly kind: string;
  readonly ends: boolean;
  readonly at: string;
  readonly text: string;
  readonly repeat: boolean;
  readonly about: readonly { readonly type: string; readonly id: string; readonly name: string | null }[];
  readonly deliveries: readonly { readonly alert: string; readonly delivery: string; readonly state: DeliveryState }[];
}

export interface Key {
  readonly client_id: string;
  readonly name: string | null;
  readonly role: Role;
  readonly organization: string | null;
  readonly targets: readonly string[];
  readonly created_at: string;
  readonly revoked_at: string | null;
}

export interface AuditEntry {
  readonly number: number;
  readonly organization: string | null;
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly object: string;
  readonly detail: unknown;
}
