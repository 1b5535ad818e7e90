// What the routes of the operator API work with; app/operator-api.ts gives it.

import type { AlertsPort } from "../../alerts/alerts-port.ts";
import type { Clock } from "../../clock.ts";
import type { OwnerActsPort } from "../../dialects/owner-acts-port.ts";
import type { PlacePort } from "../../dialects/place-port.ts";
import type { Subscribing } from "../../dialects/subscribing.ts";
import type { NumbersPort } from "../../numbers/numbers-port.ts";
import type { History, SentText } from "../../store/history.ts";
import type { DialectName } from "../../model/event.ts";
import type { LaneStatus } from "../../model/lane.ts";
import type { ClientCertificate, OwnAuthorities } from "../../model/certificate.ts";
import type { RetentionClass } from "../../model/retention.ts";
import type { Endpoint, SigningKey, Subscription } from "../../model/subscription.ts";
import type { ErasePersonOf } from "../../organizations/erase-person.ts";
import type { OrganizationRemoval } from "../../organizations/remove-organization.ts";
import type { ModelChanges } from "../../organizations/replace-model.ts";
import type { Inboxes } from "../../inboxes/inboxes.ts";
import type { ReplaysPort } from "../../replays/replays-port.ts";
import type { Backups } from "../../store/backups.ts";
import type { Registry } from "../../store/registry.ts";
import type { KeyAuthenticator } from "../../auth/authenticator.ts";
import type { PortalLinks } from "../../auth/portal-links.ts";
import type { Sessions } from "../../auth/sessions.ts";
import type { Pause } from "../../turns.ts";
import type { Streams } from "./streams.ts";
import type { KeyMaker } from "../../auth/api-keys.ts";

export interface OperatorDeps {
  readonly registry: Registry;
  readonly models: ModelChanges;
  readonly place: Pick<PlacePort, "model" | "locate">;
  readonly numbers: NumbersPort;
  readonly history: History;
  readonly clock: Clock;
  /** When the writing of an answer of this organization lets others work. */
  readonly pauseFor: (organization: string) => Pause;
  readonly backups: Omit<Backups, "start" | "stop">;
  readonly newBackupId: () => string;
  readonly authenticator: KeyAuthenticator;
  readonly sessions: Sessions;
  readonly portals: PortalLinks;
  /** Under which people reach this server, without a slash at its end; null: not known. */
  readonly publicUrl: string | null;
  readonly keys: KeyMaker;
  /** May these headers be sent with deliveries, beside those by which the vendor's API lets Belfry in? */
  readonly headers: (
    headers: Readonly<Record<string, string>>,
    beside: Pick<Endpoint, "apiKey" | "basicAuth">,
  ) => { readonly allowed: true } | { readonly allowed: false; readonly message: string };
  /** May Belfry call this URL? `organization`: for whom its name is looked up. */
  readonly judgeUrl: (
    url: string,
    organization: string,
  ) => Promise<
    { readonly allowed: true } | { readonly allowed: false; readonly code: string; readonly message: string }
  >;
  /** What is given as PEM, read and judged; a text says what is wrong. `now`: epoch ms. */
  readonly clientCertificate: (
    given: { readonly certificate: string; readonly privateKey: string },
    now: number,
  ) => ClientCertificate | string;
  readonly authorities: (pem: string, now: number) => OwnAuthorities | string;
  readonly retention: {
    /** Of the installation, ms. */
    readonly usual: Readonly<Record<RetentionClass, number>>;
    /** How long all attempts of a delivery can take, ms. null: the delays of the installation. */
    readonly retryWindowMs: (delays: readonly number[] | null) => number;
  };
  /** A fresh `whsec_…` secret. */
  readonly newSecret: () => string;
  readonly newSigningKey: () => SigningKey;
  readonly erasePerson: ErasePersonOf;
  readonly removeOrganization: OrganizationRemoval["remove"];
  /** How the lane of this subscription stands, asked of its owner. Null: it is not known here. */
  readonly lane: (number: number) => Promise<LaneStatus | null>;
  /** ms without a success after which a subscription is disabled that names no time of its own; 0: never. */
  readonly autoDisableMs: number;
  readonly replays: ReplaysPort;
  readonly inboxes: Inboxes;
  /** The body of a delivery, from the text of its event. */
  readonly compose: (dialect: DialectName, body: string, variant: number) => string;
  /** What an event of a vendor's dialect says, as JSON text; null: nothing that is compared. */
  readonly valueOf: (dialect: DialectName, type: string, body: string) => string | null;
  /** The request of an attempt, as people may see it; `attempts`: made before, `at`: when it begins, epoch ms. */
  readonly showRequest: (
    subscription: Subscription,
    delivery: {
      readonly number: number;
      readonly attempts: number;
      readonly sequence: number | null;
      readonly text: SentText;
    },
    at: number,
  ) => {
    readonly url: string;
    readonly headers: readonly { readonly name: string; readonly value: string | null }[];
    readonly body: string;
  };
  /** Waits `ms` for something to be owed to a lane; `news` tells whether it was. null: too many requests of the organization
   * wait. */
  readonly waitForNews: (
    organization: string,
    lane: number,
    ms: number,
  ) => { readonly news: Promise<boolean>; readonly cancel: () => void } | null;
  readonly alerts: AlertsPort;
  readonly newAlertId: () => string;
  readonly acts: OwnerActsPort;
  /** What a vendor's dialect says of its subscriptions. */
  readonly subscribing: (dialect: DialectName) => Subscribing;
  readonly streams: Pick<Streams, "open">;
}
