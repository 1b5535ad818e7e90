// The dialog of a new key: its name, its role and its place. The key itself is shown once, and kept nowhere.

import { useRef, useState } from "preact/hooks";
import { access, send } from "../api/client.ts";
import { nameOfOrganization, organization, session } from "../api/session.ts";
import type { Role } from "../api/types.ts";
import { buildings } from "../building/model.ts";
import { Confirm } from "../parts/confirm.tsx";
import { Copy } from "../parts/id.tsx";
import { nameOf } from "../parts/subject.tsx";
import { roleWords } from "./roles.ts";

interface NewKeyProps {
  readonly done: () => void;
  readonly close: () => void;
}

const roles: readonly Role[] = ["organization", "viewer", "ingest", "building", "tenant", "operator"];

export function NewKey({ done, close }: NewKeyProps) {
  const [made, setMade] = useState<string | null>(null);
  // A dialog closes when its act is done; after this one another follows.
  const isMade = useRef(false);
  return made === null ? (
    <Ask
      made={(key) => {
        isMade.current = true;
        setMade(key);
        done();
      }}
      close={() => isMade.current || close()}
    />
  ) : (
    <Confirm title="Copy the key now" act="I have copied it" run={async () => {}} close={close}>
      <p>It is shown this once, and nobody can show it again. It works at once.</p>
      <span class="secret">
        <code>{made}</code>
        <Copy text={made} what="key" />
      </span>
    </Confirm>
  );
}

interface Choice {
  readonly id: string;
  readonly name: string;
}

function Ask({ made, close }: { readonly made: (key: string) => void; readonly close: () => void }) {
  const [role, setRole] = useState<Role>(organization.value === null ? "operator" : "organization");
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const places = placesFor(role);
  const isOfPlaces = role === "building" || role === "tenant";
  const run = async (): Promise<void> => {
    const of = role === "operator" ? {} : { for: isOfPlaces ? chosen : organization.value };
    const body = { role, ...of, ...(name.trim() === "" ? {} : { name: name.trim() }) };
    // An operator's key is of no organization: it is made by one who acts for none.
    const actingFor = role === "operator" ? null : access.organization;
    made((await send<{ key: string }>("POST", "/v1/keys", body, actingFor)).key);
  };
  const allowed = roles.filter((each) =>
    each === "operator" ? session.value?.organization === null : organization.value !== null,
  );
  return (
    <Confirm title="New key" act="Make the key" run={run} close={close} isPossible={!isOfPlaces || chosen.length > 0}>
      <label class="field">
        <span>Name</span>
        <input
          value={name}
          maxLength={100}
          placeholder="What it is for, such as Lobby display"
          onInput={(event) => setName(event.currentTarget.value)}
          autoComplete="off"
        />
      </label>
      <label class="field">
        <span>Role</span>
        <select
          value={role}
          onChange={(event) => {
            setRole(event.currentTarget.value as Role);
            setChosen([]);
          }}
        >
          {allowed.map((each) => (
            <option key={each} value={each}>
              {each}: {roleWords[each]}
            </option>
          ))}
        </select>
      </label>
      {isOfPlaces ? (
        <Places role={role} places={places} chosen={chosen} set={setChosen} />
      ) : (
        role !== "operator" && (
          <p class="muted">For {nameOfOrganization(organization.value) ?? organization.value ?? ""}.</p>
        )
      )}
      {role === "operator" && (
        <p class="tone-warn">It may do everything with every organization. Give it to nobody who needs less.</p>
      )}
    </Confirm>
  );
}

function placesFor(role: Role): readonly Choice[] {
  if (role === "building") return buildings.value.map(({ building: { id, name } }) => ({ id, name }));
  if (role !== "tenant") return [];
  return buildings.value.flatMap(({ building: { tenants = [] } }) =>
    tenants.map(({ id }) => ({ id, name: nameOf(id) })),
  );
}

interface PlacesProps {
  readonly role: Role;
  readonly places: readonly Choice[];
  readonly chosen: readonly string[];
  readonly set: (chosen: readonly string[]) => void;
}

/** A key may be for several: a person with two units is two tenants. */
function Places({ role, places, chosen, set }: PlacesProps) {
  if (places.length === 0) return <p class="problem">The building model has no {role}. Put one that has.</p>;
  return (
    <>
      <label class="field">
        <span>{role === "building" ? "Building" : "Tenant"}</span>
        <select
          value=""
          onChange={(event) => event.currentTarget.value !== "" && set([...chosen, event.currentTarget.value])}
        >
          <option value="">{chosen.length === 0 ? "Choose one" : "Add another"}</option>
          {places
            .filter(({ id }) => !chosen.includes(id))
            .map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
        </select>
      </label>
      {chosen.length > 0 && (
        <div class="chips">
          {chosen.map((id) => (
            <button
              key={id}
              type="button"
              class="chip removable"
              aria-label={`Take away ${nameOf(id)}`}
              onClick={() => set(chosen.filter((each) => each !== id))}
            >
              {nameOf(id)} <span aria-hidden="true">×</span>
            </button>
          ))}
        </div>
      )}
    </>
  );
}
