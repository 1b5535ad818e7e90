// One thing that an alert tells of, with everything that its sentence and its JSON form say.

import type { AlertKind, AlertSubject } from "../model/alert.ts";
import type { Facts } from "./matters.ts";

export interface Named {
  readonly id: string;
  readonly name: string;
}

export interface AlertItem {
  /** The same for all that is told of a matter. */
  readonly key: string;
  readonly kind: AlertKind;
  /** It was told before, and lasts. */
  readonly isRepeat: boolean;
  readonly type: AlertSubject;
  readonly id: string;
  /** What people call it; null: it has only its id. */
  readonly name: string | null;
  /** Where it is, for people; null: that says nothing. */
  readonly place: string | null;
  /** null: the installation. */
  readonly organization: Named | null;
  /** Whose it is: a building's, or a tenant's in a building; null: the whole organization's. */
  readonly building: string | null;
  readonly tenant: string | null;
  /** Since when, or when it happened, epoch ms. */
  readonly since: number;
  readonly facts: Facts;
}
