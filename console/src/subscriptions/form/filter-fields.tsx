// Filters of a webhook of Butlr: only events of some places, or of some numbers of people. All that is given must fit.

import { names } from "../../building/model.ts";
import { recordsOf } from "../../building/name.ts";
import { Check, ChoiceField, FaultOf, TextField } from "../../parts/fault.tsx";
import { Picker } from "./picker.tsx";
import { fieldOf, type Part } from "./field.ts";

const places = [
  ["building_ids", "building", "Buildings", "all buildings"],
  ["floor_ids", "floor", "Floors", "all floors"],
  ["room_ids", "room", "Rooms", "all rooms"],
  ["zone_ids", "zone", "Zones", "all zones"],
] as const;

const comparisons: readonly (readonly [string, string])[] = [
  ["", "any number"],
  ["gt", "more than"],
  ["gte", "at least"],
  ["lt", "fewer than"],
  ["lte", "at most"],
  ["eq", "exactly"],
  ["ne", "any number but"],
];

export function FilterFields({ draft, set }: Part) {
  const field = fieldOf({ draft, set });
  const { filters } = draft;
  const put = (name: string, ids: readonly string[]) => set({ filters: { ...filters, [name]: ids } });
  return (
    <fieldset class="form-part">
      <legend>Only these</legend>
      <p class="hint">Everything that is chosen must fit. An event that lacks such a place is left out.</p>
      {places.map(([name, kind, title, all]) => {
        const options = recordsOf(names.value, kind).map(([id, each]) => [id, each.name] as const);
        const chosen = filters[name] ?? [];
        if (options.length === 0 && chosen.length === 0) return null;
        return (
          <Picker key={name} title={title} all={all} options={options} chosen={chosen} set={(ids) => put(name, ids)} />
        );
      })}
      <TextField
        name="filters.mac_addresses"
        label="Sensors, by MAC address"
        value={(filters["mac_addresses"] ?? []).join(" ")}
        set={(text) => put("mac_addresses", text.split(/[\s,;]+/).filter(Boolean))}
        placeholder="all sensors"
      />
      <div class="pair">
        <ChoiceField name="filters.comparison" label="People" {...field("comparison")} options={comparisons} />
        {draft.comparison !== "" && (
          <TextField name="filters.people" label="How many" type="number" {...field("people")} />
        )}
      </div>
      <Check
        label="Only values that have changed"
        hint="An event whose value is the last one again is not sent."
        is={draft.onChange}
        set={(onChange) => set({ onChange })}
      />
      <FaultOf name="filters" />
      <FaultOf name="send_on_value_change" />
    </fieldset>
  );
}
