// The building as it is now: one floor at a time, the chosen space beside it. Floor, space and view stand in the address.

import { useEffect, useMemo } from "preact/hooks";
import { getAll } from "../api/list.ts";
import { organization, readsAll } from "../api/session.ts";
import type { Building, Floor, SpaceNow, Watched } from "../api/types.ts";
import { now } from "../live/now.ts";
import { useLive } from "../live/use-live.ts";
import { Empty, Loading, NotRead, Stale } from "../parts/faces.tsx";
import { Page } from "../parts/page.tsx";
import { PutModel } from "../parts/put-model.tsx";
import { Link } from "../route/link.tsx";
import { address, go, narrow, place } from "../route/place.ts";
import { Doors } from "./doors.tsx";
import { FloorPlan } from "./floor-plan.tsx";
import { countOf } from "./fullness.ts";
import { extentOf } from "./geometry.ts";
import { buildings, type Housed, model, modelFailure, readModelAgain, zone } from "./model.ts";
import { SpacePanel } from "./space-panel.tsx";
import { SpacesTable } from "./spaces-table.tsx";

const mostSpaces = 5_000;

interface Counted {
  readonly spaces: readonly SpaceNow[];
  /** When they were read. */
  readonly at: number;
}

/** All spaces of the organization, page by page. */
async function readSpaces(signal: AbortSignal): Promise<Counted> {
  const spaces = await getAll<SpaceNow>("/v1/occupancy", {}, mostSpaces, signal);
  return { spaces, at: now.peek() };
}

export function BuildingPage() {
  const counted = useLive(`spaces ${organization.value}`, readSpaces);
  const spaces = counted.data?.spaces ?? null;
  if (readsAll.value && model.value === null) {
    const failure = modelFailure.value;
    return (
      <Page title="Building" wide>
        <NotRead failure={failure} again={() => void readModelAgain()} rows={8} />
      </Page>
    );
  }
  if (!readsAll.value || buildings.value.length === 0) return <Listed spaces={spaces} counted={counted} />;
  return <Shown counted={counted} />;
}

type LiveCounts = ReturnType<typeof useLive<Counted>>;

/** Where there is no model to draw: the key may not read it, or nothing was put. */
function Listed({ spaces, counted }: { readonly spaces: readonly SpaceNow[] | null; readonly counted: LiveCounts }) {
  const { space = null } = place.value.query;
  const elapsedMs = counted.data === null ? 0 : Math.max(0, now.value - counted.data.at);
  if (spaces === null) {
    return (
      <Page title="Building" wide>
        <NotRead failure={counted.failure} again={counted.refresh} rows={8} />
      </Page>
    );
  }
  if (spaces.length === 0) {
    return (
      <Page title="Building">
        <Empty title="There is no building yet.">
          <p>Put a building model, and its floors and rooms are here:</p>
          <PutModel />
        </Empty>
      </Page>
    );
  }
  const current = spaces.find((each) => `${each.level}:${each.space}` === space);
  return (
    <Page title="Building" wide>
      <div class="building">
        <SpacesTable
          spaces={spaces}
          elapsedMs={elapsedMs}
          selected={space}
          to={(each) => address("/", { ...place.value.query, space: each })}
        />
        {space !== null && (
          <SpacePanel
            key={space}
            space={space}
            current={current}
            elapsedMs={elapsedMs}
            capacity={undefined}
            zone={zone.value}
            close={() => narrow({ space: null })}
          />
        )}
      </div>
    </Page>
  );
}

function chosen(query: Readonly<Record<string, string>>): {
  readonly housed: Housed;
  readonly floor: Floor | undefined;
} {
  const all = buildings.value;
  const byFloor = all.find(({ building }) => building.floors?.some(({ id }) => id === query["floor"]));
  const housed = byFloor ?? all.find(({ building }) => building.id === query["building"]) ?? all[0]!;
  const { floors = [] } = housed.building;
  return { housed, floor: floors.find(({ id }) => id === query["floor"]) ?? floors[0] };
}

function Shown({ counted }: { readonly counted: LiveCounts }) {
  const { query } = place.value;
  const { housed, floor } = chosen(query);
  const { building, timezone } = housed;
  const byName = useMemo(
    () => new Map((counted.data?.spaces ?? []).map((space) => [`${space.level}:${space.space}`, space])),
    [counted.data],
  );
  const isTable = query["view"] === "table" || floor === undefined || extentOf(floor) === null;
  const withSensors = query["sensors"] === "shown";
  useTableKey(isTable);
  const elapsedMs = counted.data === null ? 0 : Math.max(0, now.value - counted.data.at);
  const selected = query["space"] ?? null;
  const select = (space: string): void => narrow({ space: space === selected ? null : space, floor: floor?.id });
  return (
    <Page title={building.name} wide beside={<Buildings current={building} />}>
      <Stale failure={counted.failure} />
      <div class={selected === null ? "building" : "building with-panel"}>
        <div class="building-main">
          <div class="plan-bar">
            <Floors building={building} floor={floor} spaces={byName} />
            <div class="plan-switches">
              <label class="switch">
                <input
                  type="checkbox"
                  checked={withSensors}
                  onChange={() => narrow({ sensors: withSensors ? null : "shown" }, "replace")}
                />
                <span>Sensors</span>
              </label>
              <div class="tabs" role="group" aria-label="View">
                <button type="button" aria-pressed={!isTable} onClick={() => narrow({ view: null }, "replace")}>
                  Plan
                </button>
                <button
                  type="button"
                  aria-pressed={isTable}
                  aria-keyshortcuts="t"
                  onClick={() => narrow({ view: "table" }, "replace")}
                >
                  Table
                </button>
              </div>
            </div>
          </div>
          {floor !== undefined && !isTable && (
            <PlanWithSensors
              floor={floor}
              spaces={byName}
              elapsedMs={elapsedMs}
              selected={selected}
              select={select}
              withSensors={withSensors}
            />
          )}
          {isTable && floor !== undefined && (
            <FloorTable floor={floor} counted={counted} elapsedMs={elapsedMs} selected={selected} />
          )}
          {!isTable && <Legend />}
          <Doors building={building} zone={timezone} />
        </div>
        {selected !== null && (
          <SpacePanel
            key={selected}
            space={selected}
            current={byName.get(selected)}
            elapsedMs={elapsedMs}
            capacity={capacityOf(building, selected)}
            zone={timezone}
            close={() => narrow({ space: null })}
          />
        )}
      </div>
    </Page>
  );
}

function FloorTable({
  floor,
  counted,
  elapsedMs,
  selected,
}: {
  readonly floor: Floor;
  readonly counted: LiveCounts;
  readonly elapsedMs: number;
  readonly selected: string | null;
}) {
  if (counted.data === null) return <Loading rows={8} />;
  const spaces = counted.data.spaces.filter((space) => space.floor === floor.id);
  return (
    <SpacesTable
      spaces={spaces}
      elapsedMs={elapsedMs}
      selected={selected}
      to={(space) => address("/", { ...place.value.query, floor: floor.id, space })}
    />
  );
}

interface PlanProps {
  readonly floor: Floor;
  readonly spaces: ReadonlyMap<string, SpaceNow>;
  readonly elapsedMs: number;
  readonly selected: string | null;
  readonly select: (space: string) => void;
  readonly withSensors: boolean;
}

function PlanWithSensors({ withSensors, ...plan }: PlanProps) {
  const sensors = useLive(withSensors ? `sensors ${plan.floor.id}` : null, (signal) =>
    getAll<Watched>("/v1/sensors", { floor: plan.floor.id }, mostSpaces, signal),
  );
  const byId = useMemo(() => new Map((sensors.data ?? []).map((each) => [each.id, each])), [sensors.data]);
  return (
    <FloorPlan
      {...plan}
      sensors={withSensors ? byId : null}
      selectSensor={(id) => go(address("/sensors", { find: id }))}
    />
  );
}

function Floors({
  building,
  floor,
  spaces,
}: {
  readonly building: Building;
  readonly floor: Floor | undefined;
  readonly spaces: ReadonlyMap<string, SpaceNow>;
}) {
  // The highest stands first, as in a lift.
  const floors = (building.floors ?? []).toReversed();
  return (
    <nav class="tabs" aria-label="Floors">
      {floors.map(({ id, name }) => {
        const space = spaces.get(`floor:${id}`);
        const value = space === undefined ? null : countOf(space).value;
        return (
          <Link key={id} to={address("/", { ...place.value.query, floor: id, space: null })} current={id === floor?.id}>
            {name} <span class="tab-count">{space === undefined ? "" : (value ?? "?")}</span>
          </Link>
        );
      })}
    </nav>
  );
}

function Buildings({ current }: { readonly current: Building }) {
  const all = buildings.value;
  if (all.length < 2) return null;
  return (
    <label class="field inline">
      <span class="unseen">Building</span>
      <select value={current.id} onChange={(event) => go(address("/", { building: event.currentTarget.value }))}>
        {all.map(({ building }) => (
          <option key={building.id} value={building.id}>
            {building.name}
          </option>
        ))}
      </select>
    </label>
  );
}

function Legend() {
  return (
    <p class="plan-legend">
      <span>
        <span class="swatch step-0" /> empty
      </span>
      <span>
        <span class="swatch step-1" /> <span class="swatch step-2" /> <span class="swatch step-3" />{" "}
        <span class="swatch step-4" /> full, or the fullest room
      </span>
      <span>
        <span class="swatch desk" /> taken
      </span>
      <span>
        <span class="swatch hatch" /> unknown
      </span>
      <span>
        <span class="swatch line" /> passages counted
      </span>
      <span>
        <span class="swatch entrance" /> entrance
      </span>
    </p>
  );
}

function capacityOf({ floors = [] }: Building, space: string): number | undefined {
  const id = space.slice(space.indexOf(":") + 1);
  for (const floor of floors) {
    const found = [floor, ...(floor.rooms ?? []), ...(floor.zones ?? [])].find((each) => each.id === id);
    if (found !== undefined) return found.capacity?.max;
  }
  return undefined;
}

function useTableKey(isTable: boolean): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== "t" || event.ctrlKey || event.metaKey || event.altKey) return;
      if (/^(INPUT|TEXTAREA|SELECT)$/.test((event.target as HTMLElement).tagName)) return;
      narrow({ view: isTable ? null : "table" }, "replace");
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [isTable]);
}
