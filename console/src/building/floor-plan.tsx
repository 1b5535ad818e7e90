// The plan of one floor: rooms with their counts, desks and other zones, doors, and sensors on demand. Drawn in pixels from
// metres, so that labels keep their size and can be told to leave where there is no room.

import { useMemo, useRef } from "preact/hooks";
import type { Floor, ModelSensor, Point, Room, SpaceNow, Watched, Zone } from "../api/types.ts";
import { countOf, countSentence, stepOf } from "./fullness.ts";
import {
  type Box,
  boxOf,
  type Direction,
  extentOf,
  type Fit,
  fit,
  footprintOf,
  labelPlace,
  type LabelPlace,
  neighbour,
  toPixels,
} from "./geometry.ts";
import { addressOf, pictureOf } from "./pictures.ts";
import { useSize } from "./use-size.ts";
import { useZoom } from "./use-zoom.ts";

interface FloorPlanProps {
  readonly floor: Floor;
  /** By `level:id`. */
  readonly spaces: ReadonlyMap<string, SpaceNow>;
  readonly elapsedMs: number;
  /** `level:id` */
  readonly selected: string | null;
  readonly select: (space: string) => void;
  /** null: sensors are not shown. */
  readonly sensors: ReadonlyMap<string, Watched> | null;
  readonly selectSensor: (id: string) => void;
}

const arrows: Readonly<Record<string, Direction>> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
};

export function FloorPlan(props: FloorPlanProps) {
  const { floor, spaces, elapsedMs, selected, select, sensors } = props;
  const frame = useRef<HTMLDivElement>(null);
  const { width, height } = useSize(frame);
  const box = useMemo(() => extentOf(floor), [floor]);
  const zoom = useZoom(frame, floor.id);
  const base = box === null || width === 0 ? null : fit(box, width, height);
  const placed: Fit | null =
    base === null
      ? null
      : {
          scale: base.scale * zoom.factor,
          left: base.left * zoom.factor + zoom.x,
          top: base.top * zoom.factor + zoom.y,
        };
  const withSensors = sensors !== null;
  const drawn = useMemo(() => {
    const obstacles = obstaclesOf(floor, withSensors);
    return (floor.rooms ?? [])
      .filter(isDrawn)
      .map((room) => ({ room, label: labelPlace(room.coordinates, obstacles) }));
  }, [floor, withSensors]);
  const largest = Math.max(0, ...drawn.map(({ room }) => valueOf(spaces.get(`room:${room.id}`)) ?? 0));
  const step = (event: KeyboardEvent, from: Point): void => {
    const direction = arrows[event.key];
    if (direction === undefined) return;
    const next = neighbour(
      from,
      drawn.map(({ room, label }) => [room.id, label.at] as const),
      direction,
    );
    if (next === null) return;
    event.preventDefault();
    document.getElementById(`plan-${next}`)?.focus();
  };
  return (
    <div class={zoom.factor > 1 ? "plan zoomed" : "plan"}>
      <div class="plan-frame" ref={frame}>
        {placed !== null && (
          <svg
            class="plan-picture"
            width={width}
            height={height}
            role="group"
            aria-label={`Plan of ${floor.name}`}
            {...zoom.handlers}
          >
            <Patterns />
            {floor.coordinates !== undefined && (
              <polygon class="plan-floor" points={pointsText(placed, floor.coordinates)} />
            )}
            {drawn.map(({ room, label }) => (
              <RoomShape
                key={room.id}
                room={room}
                label={label}
                placed={placed}
                space={spaces.get(`room:${room.id}`)}
                elapsedMs={elapsedMs}
                largest={largest}
                isSelected={selected === `room:${room.id}`}
                hasZones={(floor.zones ?? []).some(({ room_id: of }) => of === room.id)}
                select={() => select(`room:${room.id}`)}
                onKey={(event) => step(event, label.at)}
              />
            ))}
            {drawn
              .filter(({ room }) => selected === `room:${room.id}`)
              .map(({ room }) => (
                // Above its neighbours, which hide half of a room's own line.
                <polygon key={room.id} class="plan-chosen" points={pointsText(placed, room.coordinates)} />
              ))}
            {box !== null && <PlanPicture floor={floor} box={box} placed={placed} />}
            {(floor.zones ?? []).filter(isDrawn).map((zone) => (
              <ZoneShape
                key={zone.id}
                zone={zone}
                placed={placed}
                space={spaces.get(`zone:${zone.id}`)}
                isSelected={selected === `zone:${zone.id}`}
                select={() => select(`zone:${zone.id}`)}
              />
            ))}
            {drawn.map(({ room, label }) => (
              <RoomLabel
                key={room.id}
                room={room}
                label={label}
                placed={placed}
                space={spaces.get(`room:${room.id}`)}
                elapsedMs={elapsedMs}
                largest={largest}
              />
            ))}
            <Doors floor={floor} placed={placed} />
            {sensors !== null && (
              <Sensors floor={floor} placed={placed} sensors={sensors} select={props.selectSensor} />
            )}
          </svg>
        )}
      </div>
      <div class="plan-zoom" role="group" aria-label="Zoom">
        <button type="button" class="icon-button" aria-label="Closer" onClick={zoom.closer}>
          +
        </button>
        <button
          type="button"
          class="icon-button"
          aria-label="Further away"
          onClick={zoom.further}
          disabled={zoom.factor === 1}
        >
          −
        </button>
        <button
          type="button"
          class="icon-button"
          aria-label="Fit the floor"
          aria-keyshortcuts="0"
          onClick={zoom.reset}
          disabled={zoom.factor === 1}
        >
          <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            <path d="M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4" fill="none" stroke="currentColor" stroke-width="1.5" />
          </svg>
        </button>
      </div>
    </div>
  );
}

/** The uploaded plan over the rooms' colours and under all else. It covers the floor from corner to corner. */
function PlanPicture({ floor, box, placed }: { readonly floor: Floor; readonly box: Box; readonly placed: Fit }) {
  const picture = pictureOf("floor", floor.id);
  if (picture === null) return null;
  const [x, y] = toPixels(placed, [box.x0, box.y0]);
  const [wide, high] = [(box.x1 - box.x0) * placed.scale, (box.y1 - box.y0) * placed.scale];
  return (
    <image
      class="plan-uploaded"
      href={addressOf(picture)}
      x={x}
      y={y}
      width={wide}
      height={high}
      preserveAspectRatio="none"
      aria-hidden="true"
    />
  );
}

type Drawn<Space extends Room | Zone> = Space & { readonly coordinates: readonly Point[] };

function isDrawn<Space extends Room | Zone>(space: Space): space is Drawn<Space> {
  return (space.coordinates?.length ?? 0) >= 3;
}

/** What a label must not hide. */
function obstaclesOf(floor: Floor, withSensors: boolean): readonly Box[] {
  const zones = (floor.zones ?? []).filter(isDrawn).map(({ coordinates }) => boxOf(coordinates)!);
  const lines = (floor.sensors ?? []).flatMap(({ counting_line: counting }) =>
    counting === undefined ? [] : [boxOf(counting.line)!],
  );
  const marks = (withSensors ? (floor.sensors ?? []) : []).flatMap(({ center }) =>
    center === undefined ? [] : [boxOf([center])!],
  );
  return [
    ...zones.map((zone) => around(zone, 0.1)),
    ...lines.map((line) => around(line, 0.3)),
    ...marks.map((mark) => around(mark, 0.35)),
  ];
}

const around = ({ x0, y0, x1, y1 }: Box, by: number): Box => ({ x0: x0 - by, y0: y0 - by, x1: x1 + by, y1: y1 + by });

const valueOf = (space: SpaceNow | undefined): number | null => (space === undefined ? null : countOf(space).value);

const pointsText = (placed: Fit, outline: readonly Point[]): string =>
  outline
    .map((point) =>
      toPixels(placed, point)
        .map((each) => each.toFixed(1))
        .join(","),
    )
    .join(" ");

/** Unknown is its own look. */
function Patterns() {
  return (
    <defs>
      <pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect class="hatch-ground" width="7" height="7" />
        <line class="hatch-line" x1="0" y1="0" x2="0" y2="7" />
      </pattern>
    </defs>
  );
}

interface ShapeProps {
  readonly room: Drawn<Room>;
  readonly label: LabelPlace;
  readonly placed: Fit;
  readonly space: SpaceNow | undefined;
  readonly elapsedMs: number;
  readonly largest: number;
}

interface RoomShapeProps extends ShapeProps {
  readonly isSelected: boolean;
  readonly hasZones: boolean;
  readonly select: () => void;
  readonly onKey: (event: KeyboardEvent) => void;
}

function RoomShape({ room, placed, space, elapsedMs, largest, isSelected, hasZones, select, onKey }: RoomShapeProps) {
  const sentence =
    space === undefined ? `${room.name}: not read yet` : countSentence(space, room.capacity?.max, elapsedMs);
  const { value } = space === undefined ? { value: null } : countOf(space, elapsedMs);
  const isOver = value !== null && room.capacity?.max !== undefined && value > room.capacity.max;
  const fill =
    space === undefined ? "none" : value === null ? "unknown" : `step-${stepOf(value, room.capacity?.max, largest)}`;
  return (
    <g
      id={`plan-${room.id}`}
      class={`plan-room ${isSelected ? "selected" : ""} ${isOver ? "over" : ""} ${hasZones ? "with-zones" : ""}`}
      role="button"
      tabindex={0}
      aria-label={sentence}
      aria-pressed={isSelected}
      onClick={select}
      onKeyDown={(event) => {
        if (event.key === "Enter" || event.key === " ") {
          event.preventDefault();
          select();
        } else onKey(event);
      }}
    >
      <title>{sentence}</title>
      <polygon class={`plan-fill ${fill}`} points={pointsText(placed, room.coordinates)} />
    </g>
  );
}

const nameSize = 12;

/** The count is the largest thing in a room. Where there is little room the name goes first, then the count becomes a dot. */
function RoomLabel({ room, label, placed, space, elapsedMs, largest }: ShapeProps) {
  const [x, y] = toPixels(placed, label.at);
  const [width, height] = [label.width * placed.scale - 8, label.height * placed.scale - 6];
  const count = space === undefined ? null : countOf(space, elapsedMs);
  const over = count?.value != null && room.capacity?.max !== undefined && count.value > room.capacity.max;
  const text =
    count === null
      ? ""
      : count.value === null
        ? "?"
        : over
          ? `${count.value} of ${room.capacity.max}`
          : String(count.value);
  const countSize = Math.max(11, Math.min(30, height * 0.34, (width / Math.max(1.6, text.length * 0.62)) * 0.8));
  const hasCount = height >= 13 && width >= text.length * 7;
  const hasName = height >= countSize + nameSize + 8 && width >= 34;
  const most = Math.floor(width / (nameSize * 0.56));
  const name = room.name.length <= most ? room.name : `${room.name.slice(0, Math.max(1, most - 1))}…`;
  const isDark = count?.value != null && stepOf(count.value, room.capacity?.max, largest) === 4;
  return (
    <g class={`plan-label ${isDark ? "on-dark" : ""} ${count?.isStale === true ? "stale" : ""}`} aria-hidden="true">
      {hasName && (
        <text class="plan-name" x={x} y={y - countSize / 2 + 1}>
          {name}
        </text>
      )}
      {hasCount ? (
        <text
          class="plan-count"
          x={x}
          y={y + (hasName ? countSize * 0.62 + 2 : countSize * 0.36)}
          font-size={countSize}
        >
          {text}
        </text>
      ) : (
        count?.value != null && count.value > 0 && <circle class="plan-dot" cx={x} cy={y} r="3" />
      )}
    </g>
  );
}

interface ZoneShapeProps {
  readonly zone: Drawn<Zone>;
  readonly placed: Fit;
  readonly space: SpaceNow | undefined;
  readonly isSelected: boolean;
  readonly select: () => void;
}

function ZoneShape({ zone, placed, space, isSelected, select }: ZoneShapeProps) {
  const value = valueOf(space);
  const state = space === undefined ? "" : value === null ? "unknown" : value > 0 ? "taken" : "free";
  const sentence = space === undefined ? zone.name : countSentence(space, zone.capacity?.max);
  return (
    <g class={`plan-zone ${state} ${isSelected ? "selected" : ""}`} onClick={select}>
      <title>{sentence}</title>
      <polygon points={pointsText(placed, zone.coordinates)} />
    </g>
  );
}

/** Counting lines, and entrances without one. */
function Doors({ floor, placed }: { readonly floor: Floor; readonly placed: Fit }) {
  const lines = new Map<string, readonly [Point, Point]>();
  for (const { counting_line: counting } of floor.sensors ?? []) {
    if (counting !== undefined) lines.set(JSON.stringify(counting.line), counting.line);
  }
  const entrances = (floor.sensors ?? []).filter(
    (sensor) => sensor.is_entrance === true && sensor.counting_line === undefined,
  );
  return (
    <g class="plan-doors" aria-hidden="true">
      {[...lines.values()].map((line) => {
        const [[x1, y1], [x2, y2]] = [toPixels(placed, line[0]), toPixels(placed, line[1])];
        return (
          <g key={`${x1} ${y1}`}>
            <title>Passages are counted across this line</title>
            <line class="plan-line" x1={x1} y1={y1} x2={x2} y2={y2} />
          </g>
        );
      })}
      {entrances.map(({ id, center }) => {
        if (center === undefined) return null;
        const [x, y] = toPixels(placed, center);
        return (
          <g key={id} transform={`translate(${x} ${y})`}>
            <title>Entrance</title>
            <path class="plan-entrance" d="M0-9 8 6H-8z" />
          </g>
        );
      })}
    </g>
  );
}

interface SensorsProps {
  readonly floor: Floor;
  readonly placed: Fit;
  readonly sensors: ReadonlyMap<string, Watched>;
  readonly select: (id: string) => void;
}

function Sensors({ floor, placed, sensors, select }: SensorsProps) {
  const all: readonly ModelSensor[] = (floor.sensors ?? []).filter(({ center }) => center !== undefined);
  return (
    <g class="plan-sensors">
      {all.map((sensor) => {
        const [x, y] = toPixels(placed, sensor.center!);
        const outline = footprintOf(sensor);
        const state = sensors.get(sensor.id);
        const word =
          state === undefined
            ? "not read yet"
            : state.online
              ? "online"
              : state.last_heard === null
                ? "never heard"
                : "silent";
        const name = `Sensor ${sensor.mac_address}: ${word}`;
        return (
          <g
            key={sensor.id}
            class={`plan-sensor ${word.replace(" ", "-")}`}
            role="button"
            tabindex={0}
            aria-label={name}
            onClick={() => select(sensor.id)}
            onKeyDown={(event) => event.key === "Enter" && select(sensor.id)}
          >
            <title>{name}</title>
            {outline !== null && <polygon points={pointsText(placed, outline)} />}
            {word === "online" || word === "not read yet" ? (
              <circle cx={x} cy={y} r="4" />
            ) : (
              <path d={`m${x - 5} ${y + 4} 5-9 5 9z`} />
            )}
          </g>
        );
      })}
    </g>
  );
}
