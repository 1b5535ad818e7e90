// A portal link: the pages of the console for a vendor's customer, without a sign-in. It opens one scope until it ends.

export const portalColours = ["accent", "accent_dark"] as const;
export type PortalColour = (typeof portalColours)[number];

/** How the pages look to whoever comes by the link. */
export interface PortalLook {
  /** In place of Belfry's name. */
  readonly title: string | null;
  /** Where the vendor is, shown as text and never fetched. */
  readonly home: string | null;
  /** `#0a6b72` by name; those left out are the usual ones. */
  readonly colours: Readonly<Partial<Record<PortalColour, string>>>;
}

/** What a request by a portal link brings beside its scope. */
export interface Portal {
  /** Epoch ms. */
  readonly expiresAt: number;
  readonly look: PortalLook;
}
