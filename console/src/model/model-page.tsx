// The building model as it is, building by building, as a tree that opens where somebody looks; and its download.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { queryText } from "../api/client.ts";
import { manages, organization } from "../api/session.ts";
import type { Building, Floor, Model } from "../api/types.ts";
import { model, modelFailure, readModelAgain } from "../building/model.ts";
import { Empty, NotRead } from "../parts/faces.tsx";
import { Id } from "../parts/id.tsx";
import { Page } from "../parts/page.tsx";
import { nameOf } from "../parts/subject.tsx";
import { Link } from "../route/link.tsx";
import { address } from "../route/place.ts";
import { PictureField } from "./picture-field.tsx";
import { plural } from "../../../src/words/plural.ts";

/** Of one list. */
const mostListed = 200;

export function ModelPage() {
  const found = model.value;
  return (
    <Page
      title="Model"
      beside={
        <div class="acts">
          {found !== null && (
            <a
              class="button"
              href={`/v1/building-model${queryText({ organization: organization.value })}`}
              download={`building-model-${organization.value}.json`}
            >
              Download
            </a>
          )}
          {manages.value && (
            <Link to={address("/model/new")} class="button primary">
              Upload a model
            </Link>
          )}
        </div>
      }
    >
      {found === null ? (
        <NotRead failure={modelFailure.value} again={() => void readModelAgain()} rows={6} />
      ) : found.sites.length === 0 ? (
        <Empty title="There is no building yet.">
          <p>A model names buildings, floors, rooms, sensors, doors and tenants. Upload one as JSON.</p>
        </Empty>
      ) : (
        <Tree of={found} />
      )}
    </Page>
  );
}

function Tree({ of }: { readonly of: Model }) {
  return (
    <div class="tree">
      {of.sites.map((site) => (
        <section class="card" key={site.id} aria-label={site.name}>
          <div class="card-head">
            <h2>{site.name}</h2>
            <span class="muted">
              {site.timezone} <Id id={site.id} />
            </span>
          </div>
          {(site.buildings ?? []).map((building) => (
            <BuildingBranch key={building.id} building={building} isOpen={(site.buildings ?? []).length === 1} />
          ))}
        </section>
      ))}
      <section class="card" aria-label="Organization">
        <div class="card-head">
          <h2>{of.organization.name}</h2>
          <Id id={of.organization.id} />
        </div>
        <PictureField kind="organization" id={of.organization.id} name="Logo" />
      </section>
    </div>
  );
}

function BuildingBranch({ building, isOpen }: { readonly building: Building; readonly isOpen: boolean }) {
  const { floors = [], access_points: doors = [], devices = [], units = [], tenants = [] } = building;
  const sensors = floors.reduce((count, floor) => count + (floor.sensors ?? []).length, 0);
  const rooms = floors.reduce((count, floor) => count + (floor.rooms ?? []).length, 0);
  const about = [
    plural(floors.length, "floor"),
    plural(rooms, "room"),
    plural(sensors, "sensor"),
    plural(doors.length, "door"),
    plural(tenants.length, "tenant"),
  ].join(", ");
  return (
    <Branch name={building.name} about={about} id={building.id} isOpen={isOpen}>
      {() => (
        <>
          {floors.map((floor) => (
            <FloorBranch key={floor.id} floor={floor} />
          ))}
          <Leaves name="Doors" items={doors} text={({ name }) => name} />
          <Leaves name="Panels" items={devices} text={({ name }) => name} />
          <Leaves name="Units" items={units} text={({ label }) => label} />
          <Leaves name="Tenants" items={tenants} text={({ id }) => nameOf(id)} />
        </>
      )}
    </Branch>
  );
}

function FloorBranch({ floor }: { readonly floor: Floor }) {
  const { rooms = [], zones = [], sensors = [], hives = [] } = floor;
  const about = [plural(rooms.length, "room"), plural(zones.length, "zone"), plural(sensors.length, "sensor")];
  return (
    <Branch
      name={/^-?\d+$/.test(floor.name) ? `Floor ${floor.name}` : floor.name}
      about={about.join(", ")}
      id={floor.id}
    >
      {() => (
        <>
          <PictureField kind="floor" id={floor.id} name={`Plan of ${floor.name}`} />
          <Leaves
            name="Rooms"
            items={rooms}
            text={({ id, name }) => <Link to={address("/", { floor: floor.id, space: `room:${id}` })}>{name}</Link>}
            more={({ capacity, roomType }) =>
              [capacity?.max && `for ${capacity.max}`, roomType].filter(Boolean).join(", ")
            }
          />
          <Leaves
            name="Zones"
            items={zones}
            text={({ id, name }) => <Link to={address("/", { floor: floor.id, space: `zone:${id}` })}>{name}</Link>}
            more={({ room_id: room }) => (room === undefined ? "" : `in ${nameOf(room)}`)}
          />
          <Leaves
            name="Sensors"
            items={sensors}
            text={({ id, mac_address: mac }) => <Link to={address("/sensors", { find: id })}>{mac}</Link>}
            more={({ mode, room_id: room }) =>
              `${mode === "traffic" ? "counts passages" : "sees presence"}${room === undefined ? "" : `, ${nameOf(room)}`}`
            }
          />
          <Leaves name="Hives" items={hives} text={({ serialNumber: serial, name }) => name ?? serial} />
        </>
      )}
    </Branch>
  );
}

interface BranchProps {
  readonly name: string;
  readonly about: string;
  readonly id?: string;
  readonly isOpen?: boolean;
  /** Made when it is opened for the first time: a large model has very many. */
  readonly children: () => ComponentChildren;
}

function Branch({ name, about, id, isOpen = false, children }: BranchProps) {
  const [wasOpened, setOpened] = useState(isOpen);
  return (
    <details class="branch" open={isOpen} onToggle={(event) => event.currentTarget.open && setOpened(true)}>
      <summary>
        <b>{name}</b> <span class="muted">{about}</span>
      </summary>
      <div class="branch-inner">
        {id !== undefined && (
          <p>
            <Id id={id} />
          </p>
        )}
        {wasOpened && children()}
      </div>
    </details>
  );
}

interface LeavesProps<Item> {
  readonly name: string;
  readonly items: readonly Item[];
  readonly text: (item: Item) => ComponentChildren;
  readonly more?: (item: Item) => string;
}

function Leaves<Item extends { readonly id: string }>({ name, items, text, more = () => "" }: LeavesProps<Item>) {
  if (items.length === 0) return null;
  return (
    <Branch name={name} about={items.length.toLocaleString("en-US")}>
      {() => (
        <ul class="leaves">
          {items.slice(0, mostListed).map((item) => (
            <li key={item.id}>
              <span>{text(item)}</span>
              <span class="muted">{more(item)}</span>
              <Id id={item.id} />
            </li>
          ))}
          {items.length > mostListed && (
            <li class="muted">{items.length - mostListed} more: search for one by its name, or download the model.</li>
          )}
        </ul>
      )}
    </Branch>
  );
}
