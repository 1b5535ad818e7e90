// An organization: whose places, subscriptions and events they are.

/** Ids stand in paths, queries and headers, and every form in which they are stored must give them back unchanged: 1 to
 * 128 printable ASCII characters without spaces and slashes. */
export const isOrganizationId = (id: string): boolean => /^[!-.0-[\]-~]{1,128}$/.test(id);

/** Home of what concerns the installation as a whole: the operator's alerts. No id of an organization can be the same, no list
 * of organizations names it, and it exists once an operator has an alert. */
export const installation = "/installation";
