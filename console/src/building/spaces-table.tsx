// The same figures as the plan, as a table: for who reads it better, for screen readers, and where nothing is drawn.

import type { Level, SpaceNow } from "../api/types.ts";
import { Link } from "../route/link.tsx";
import { plural } from "../../../src/words/plural.ts";
import { roughly } from "../../../src/words/time.ts";
import { countOf, whyUnknown } from "./fullness.ts";
import { tableOrder } from "./table-order.ts";

interface SpacesTableProps {
  readonly spaces: readonly SpaceNow[];
  readonly elapsedMs: number;
  readonly selected: string | null;
  readonly to: (space: string) => string;
}

const levels: Readonly<Record<Level, string>> = { floor: "Floor", room: "Room", zone: "Zone" };

export function SpacesTable({ spaces, elapsedMs, selected, to }: SpacesTableProps) {
  return (
    <div class="table-frame">
      <table class="table spaces">
        <caption class="unseen">Spaces and how many people they hold</caption>
        <thead>
          <tr>
            <th scope="col">Space</th>
            <th scope="col">Level</th>
            <th scope="col" class="number">
              People
            </th>
            <th scope="col">Seen</th>
            <th scope="col">Sensors</th>
            <th scope="col" class="number">
              Ins less outs
            </th>
          </tr>
        </thead>
        <tbody>
          {tableOrder(spaces).map((space) => {
            const { value, ageMs, isStale } = countOf(space, elapsedMs);
            const name = `${space.level}:${space.space}`;
            return (
              <tr key={name} class={selected === name ? "row selected" : "row"}>
                <th scope="row">
                  <Link to={to(name)} class="row-link">
                    {space.name}
                  </Link>
                </th>
                <td data-label="Level">{levels[space.level]}</td>
                <td data-label="People" class={`number ${isStale ? "muted" : ""}`}>
                  {value ?? <span title={whyUnknown(space)}>? unknown</span>}
                </td>
                <td data-label="Seen">
                  {value === null ? whyUnknown(space) : ageMs === null ? "" : `${roughly(ageMs)} ago`}
                </td>
                <td data-label="Sensors">
                  {space.presence.sensors === 0
                    ? "none"
                    : `${space.presence.heard} of ${plural(space.presence.sensors, "sensor")}`}
                </td>
                <td data-label="Ins less outs" class="number">
                  {space.traffic?.value ?? ""}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
