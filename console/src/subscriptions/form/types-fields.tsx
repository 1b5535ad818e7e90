// Which events a subscription takes: types, and of an integration also which doors or panels. A type of Butlr that another webhook holds
// cannot be chosen: an organization takes each once.

import { hostOf } from "../../../../src/words/host.ts";
import type { Subscription } from "../../api/types.ts";
import { names } from "../../building/model.ts";
import { recordsOf } from "../../building/name.ts";
import { Check, FaultOf } from "../../parts/fault.tsx";
import { splitScope } from "../../words/scope.ts";
import { takenBy, typesOf } from "../types.ts";
import type { Draft } from "./draft.ts";
import type { Part } from "./field.ts";
import { Picker } from "./picker.tsx";

export function TypesFields({ draft, set, others }: Part & { readonly others: readonly Subscription[] }) {
  const holders = draft.dialect === "butlr" ? holdersOf(others) : new Map<string, string>();
  const choose = (type: string, is: boolean): void => {
    const { [type]: _, ...rest } = draft.types;
    set({ types: is ? { ...rest, [type]: [] } : rest });
  };
  return (
    <fieldset class="form-part">
      <legend>Events</legend>
      <p class="hint">
        {draft.dialect === "butlr"
          ? "What Belfry works out from sensors, and ready-made events of these types."
          : "What door panels tell, and ready-made events of these types."}
      </p>
      <div class="checks">
        {typesOf[draft.dialect].map((choice) => {
          const { type, says } = choice;
          const holder = holders.get(type);
          const chosen = draft.types[type];
          return (
            <div key={type}>
              <Check
                label={<code>{type}</code>}
                hint={holder === undefined ? says : `${says}. Held by “${holder}”: an organization takes it once.`}
                is={chosen !== undefined}
                disabled={holder !== undefined && chosen === undefined}
                set={(is) => choose(type, is)}
              />
              {chosen !== undefined && choice.of !== undefined && (
                <Records
                  of={choice.of}
                  draft={draft}
                  chosen={chosen}
                  set={(ids) => set({ types: { ...draft.types, [type]: ids } })}
                />
              )}
            </div>
          );
        })}
      </div>
      <FaultOf name="types" />
    </fieldset>
  );
}

function holdersOf(others: readonly Subscription[]): ReadonlyMap<string, string> {
  const webhooks = others.filter(({ dialect }) => dialect === "butlr");
  return new Map(
    webhooks.flatMap((each) =>
      takenBy(each).map(({ type }) => [type, each.name || hostOf(each.endpoint.url)] as const),
    ),
  );
}

/** Doors or panels of the building that the integration is of, or in which its tenant lives. */
function Records({
  of,
  draft,
  chosen,
  set,
}: {
  readonly of: "door" | "panel";
  readonly draft: Draft;
  readonly chosen: readonly string[];
  readonly set: (ids: readonly string[]) => void;
}) {
  const [kind, id] = splitScope(draft.scope);
  const building = kind === "building" ? id : (names.value.get(id ?? "")?.building ?? null);
  const records = recordsOf(names.value, of)
    .filter(([, each]) => each.building === building)
    .map(([each, { name }]) => [each, name] as const);
  if (records.length === 0 && chosen.length === 0) return null;
  return (
    <div class="indented">
      <Picker
        title={of === "door" ? "Which doors" : "Which panels"}
        all={of === "door" ? "all doors" : "all panels"}
        options={records}
        chosen={chosen}
        set={set}
      />
    </div>
  );
}
