// What the routes of the operator API work with; app.ts gives it.

import type { AlertsPort } from "../../alerts/alerts-port.ts";
import type { Clock } from "../../clock.ts";
import type { PlacePort } from "../../dialects/place-port.ts";
import type { NumbersPort } from "../../numbers/numbers-port.ts";
import type { History } from "../../store/history.ts";
import type { LaneStatus } from "../../model/lane.ts";
import type { SigningKey } from "../../model/subscription.ts";
import type { ErasePersonOf } from "../../organizations/erase-person.ts";
import type { OrganizationRemoval } from "../../organizations/remove-organization.ts";
import type { ModelChanges } from "../../organizations/replace-model.ts";
import type { ReplaysPort } from "../../replays/replays-port.ts";
import type { Backups } from "../../store/backups.ts";
import type { Registry } from "../../store/registry.ts";
import type { KeyAuthenticator } from "../../auth/authenticator.ts";
import type { Sessions } from "../../auth/sessions.ts";
import type { KeyMaker } from "../../auth/api-keys.ts";

export interface OperatorDeps {
  readonly registry: Registry;
  readonly models: ModelChanges;
  readonly place: Pick<PlacePort, "model" | "locate">;
  readonly numbers: NumbersPort;
  readonly history: History;
  readonly clock: Clock;
  readonly backups: Omit<Backups, "start" | "stop">;
  readonly newBackupId: () => string;
  readonly authenticator: KeyAuthenticator;
  readonly sessions: Sessions;
  /** Under which people reach this server; null: not known. */
  readonly publicUrl: string | null;
  readonly keys: KeyMaker;
  /** May this header be sent with deliveries? */
  readonly header: (
    name: string,
    value: string,
  ) => { readonly allowed: true } | { readonly allowed: false; readonly message: string };
  /** May Belfry call this URL? `organization`: for whom its name is looked up. */
  readonly judgeUrl: (
    url: string,
    organization: string,
  ) => Promise<
    | { readonly allowed: true }
    | { readonly allowed: false; readonly code: string; readonly message: string }
  >;
  /** A fresh `whsec_…` secret. */
  readonly newSecret: () => string;
  readonly newSigningKey: () => SigningKey;
  readonly erasePerson: ErasePersonOf;
  readonly removeOrganization: OrganizationRemoval["remove"];
  /** How the lane of this subscription stands, asked of its owner. Null: it is not known here. */
  readonly lane: (number: number) => Promise<LaneStatus | null>;
  /** Owes an event again and wakes its lane. Null: the event is no longer kept. */
  readonly resend: (delivery: number) => Promise<{ readonly number: number } | null>;
  readonly replays: ReplaysPort;
  readonly alerts: AlertsPort;
  readonly newAlertId: () => string;
  /** Ends the back-off of the lane of this subscription. Returns whether there was one. */
  readonly openLane: (number: number) => boolean;
}
