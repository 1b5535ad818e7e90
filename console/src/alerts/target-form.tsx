// The dialog of a URL of alerts: where, in which form, about whom, and of which kinds.

import { useState } from "preact/hooks";
import { type ActingFor, part, send } from "../api/client.ts";
import { readsAll, session } from "../api/session.ts";
import type { AlertForm, AlertTarget } from "../api/types.ts";
import { buildings } from "../building/model.ts";
import { Confirm } from "../parts/confirm.tsx";
import { nameOf } from "../parts/subject.tsx";
import { Choices } from "../parts/choices.tsx";
import { hostOf } from "../../../src/words/host.ts";
import { splitScope } from "../words/scope.ts";
import { forms, kindsFor, kindWords } from "./words.ts";

interface TargetFormProps {
  /** The one that is changed; absent: a new one. */
  readonly target?: AlertTarget;
  readonly actingFor: ActingFor;
  readonly isOfAll: boolean;
  readonly done: (target: AlertTarget) => void;
  readonly close: () => void;
}

interface Place {
  /** `building:building_1`; empty: the whole organization, or everything. */
  readonly value: string;
  readonly name: string;
}

export function TargetForm({ target, actingFor, isOfAll, done, close }: TargetFormProps) {
  const places = placesOf(isOfAll);
  const [url, setUrl] = useState(target?.url ?? "");
  const [form, setForm] = useState<AlertForm>(target?.form ?? "json");
  const [chosen, setKinds] = useState<readonly string[] | null>(target?.kinds ?? null);
  const [isNewSecret, setNewSecret] = useState(false);
  const [about, setAbout] = useState(places[0]?.value ?? "");
  const role = target === undefined ? roleOf(about, isOfAll) : roleOfTarget(target);
  const kinds = kindsFor(role);
  const wanted = chosen?.filter((kind) => kinds.includes(kind)) ?? null;
  const run = async (): Promise<void> => {
    const common = { url, form, kinds: wanted?.length === 0 ? null : wanted };
    if (target === undefined) {
      const [kind, id] = splitScope(about);
      const whose = id === null ? {} : { [kind]: id };
      done(await send<AlertTarget>("POST", "/v1/alerts", { ...common, ...whose }, actingFor));
      return;
    }
    const body = { ...common, ...(isNewSecret ? { secret: null } : {}) };
    done(await send<AlertTarget>("PATCH", `/v1/alerts/${part(target.id)}`, body, actingFor));
  };
  return (
    <Confirm
      title={target === undefined ? "Send alerts to a URL" : `Change ${hostOf(target.url)}`}
      act={target === undefined ? "Add it" : "Save"}
      run={run}
      close={close}
    >
      <label class="field">
        <span>URL</span>
        <input
          type="url"
          required
          value={url}
          placeholder="https://hooks.slack.com/services/…"
          onInput={(event) => setUrl(event.currentTarget.value)}
          autoComplete="off"
          spellcheck={false}
        />
      </label>
      <label class="field">
        <span>Form</span>
        <select value={form} onChange={(event) => setForm(event.currentTarget.value as AlertForm)}>
          {Object.entries(forms).map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {target === undefined && places.length > 1 && (
        <label class="field">
          <span>About</span>
          <select value={about} onChange={(event) => setAbout(event.currentTarget.value)}>
            {places.map(({ value, name }) => (
              <option key={value} value={value}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
      <Choices
        legend="Kinds"
        all="All, those of later releases too"
        options={kinds.map((kind) => [kind, kindWords(kind)])}
        chosen={wanted}
        set={setKinds}
      />
      {target !== undefined && (
        <label class="switch">
          <input type="checkbox" checked={isNewSecret} onChange={() => setNewSecret(!isNewSecret)} />
          <span>Make a new signing secret; the old one ends at once</span>
        </label>
      )}
    </Confirm>
  );
}

/** Longer lists belong into the API. */
const mostPlaces = 200;

function placesOf(isOfAll: boolean): readonly Place[] {
  if (isOfAll) return [];
  const who = session.value!;
  if (who.role === "building" || who.role === "tenant") {
    return who.targets.map((id) => ({ value: `${who.role}:${id}`, name: nameOf(id) }));
  }
  const whole = { value: "", name: "The whole organization" };
  if (!readsAll.value) return [whole];
  const all = buildings.value.flatMap(({ building: { id, name, tenants = [] } }) => [
    { value: `building:${id}`, name: `Subscriptions of ${name}` },
    ...tenants.map((tenant) => ({ value: `tenant:${tenant.id}`, name: `Subscriptions of ${nameOf(tenant.id)}` })),
  ]);
  return [whole, ...all.slice(0, mostPlaces)];
}

function roleOf(about: string, isOfAll: boolean): "operator" | "organization" | "building" | "tenant" {
  if (isOfAll) return "operator";
  if (about.startsWith("tenant:")) return "tenant";
  return about.startsWith("building:") ? "building" : "organization";
}

function roleOfTarget({ organization, building, tenant }: AlertTarget) {
  return roleOf(tenant !== null ? "tenant:" : building !== null ? "building:" : "", organization === null);
}
