// An operator chooses here whether a page is about the chosen organization or about all of this server. Others have no choice.

import { nameOfOrganization, organization, session } from "../api/session.ts";
import { narrow, place } from "../route/place.ts";

/** Whether the page is about everything on this server. */
export function ofAll(): boolean {
  if (session.value?.organization !== null) return false;
  return place.value.query["of"] === "all" || organization.value === null;
}

export function Whose() {
  if (session.value?.organization !== null || organization.value === null) return null;
  const isOfAll = ofAll();
  const name = nameOfOrganization(organization.value) ?? "The organization";
  return (
    <div class="tabs" role="group" aria-label="Whose">
      <button type="button" aria-pressed={!isOfAll} onClick={() => narrow({ of: null })}>
        {name}
      </button>
      <button type="button" aria-pressed={isOfAll} onClick={() => narrow({ of: "all" })}>
        All of Belfry
      </button>
    </div>
  );
}
