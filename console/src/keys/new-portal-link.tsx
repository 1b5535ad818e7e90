// The dialog of a new portal link: for whom, for how long, how it looks and who may frame it. The link is shown once.

import { useRef, useState } from "preact/hooks";
import { send } from "../api/client.ts";
import { nameOfOrganization, organization } from "../api/session.ts";
import { buildings } from "../building/model.ts";
import { Confirm } from "../parts/confirm.tsx";
import { Copy } from "../parts/id.tsx";
import { nameOf } from "../parts/subject.tsx";
import { splitScope } from "../words/scope.ts";

interface Made {
  readonly id: string;
  readonly link: string;
  readonly isFramed: boolean;
}

export function NewPortalLink({ close }: { readonly close: () => void }) {
  const [made, setMade] = useState<Made | null>(null);
  // A dialog closes when its act is done; after this one another follows.
  const isMade = useRef(false);
  if (made !== null) return <Shown {...made} close={close} />;
  return (
    <Ask
      made={(link) => {
        isMade.current = true;
        setMade(link);
      }}
      close={() => isMade.current || close()}
    />
  );
}

function Shown({ id, link, isFramed, close }: Made & { readonly close: () => void }) {
  const frame = `<iframe src="${link}"></iframe>`;
  return (
    <Confirm title="Copy the link now" act="I have copied it" run={async () => {}} close={close}>
      <p>It is shown this once. Whoever has it has its access until it ends.</p>
      <Text name="Link" text={link} />
      {isFramed && <Text name="To embed it" text={frame} />}
      <Text name="Id, to end it by" text={id} />
    </Confirm>
  );
}

function Text({ name, text }: { readonly name: string; readonly text: string }) {
  return (
    <div class="field">
      <span>{name}</span>
      <span class="secret one-line">
        <code>{text}</code>
        <Copy text={text} what={name} />
      </span>
    </div>
  );
}

const lives: readonly (readonly [minutes: number, words: string])[] = [
  [15, "15 minutes"],
  [60, "an hour"],
  [480, "8 hours"],
  [1_440, "a day"],
];

function Ask({ made, close }: { readonly made: (made: Made) => void; readonly close: () => void }) {
  const [scope, setScope] = useState("organization");
  const [minutes, setMinutes] = useState(60);
  const [title, setTitle] = useState("");
  const [accent, setAccent] = useState("");
  const [accentDark, setAccentDark] = useState("");
  const [origins, setOrigins] = useState("");
  const run = async (): Promise<void> => {
    const framers = origins.split(/[\s,]+/).filter(Boolean);
    const colours = { ...given("accent", accent), ...given("accent_dark", accentDark) };
    const body = { ...scopeOf(scope), minutes, ...given("title", title), colours, origins: framers };
    const { id, path, url } = await send<{ id: string; path: string; url: string | null }>(
      "POST",
      "/v1/portal-links",
      body,
    );
    made({ id, link: url ?? `${location.origin}${path}`, isFramed: framers.length > 0 });
  };
  return (
    <Confirm title="New portal link" act="Make the link" run={run} close={close}>
      <Scope value={scope} set={setScope} />
      <label class="field">
        <span>Ends after</span>
        <select value={minutes} onChange={(event) => setMinutes(Number(event.currentTarget.value))}>
          {lives.map(([each, words]) => (
            <option key={each} value={each}>
              {words}
            </option>
          ))}
        </select>
      </label>
      <Line name="Title" value={title} set={setTitle} example="In place of Belfry's name" />
      <Line name="Colour, light theme" value={accent} set={setAccent} example="#0a6b72" />
      <Line name="Colour, dark theme" value={accentDark} set={setAccentDark} example="#6fd3dc" />
      <Line name="Origins that may embed it" value={origins} set={setOrigins} example="https://app.example" />
    </Confirm>
  );
}

const given = (name: string, text: string) => (text.trim() === "" ? {} : { [name]: text.trim() });

/** As `Scope` names it: `organization`, `viewer`, `building:…`, `tenant:…`. */
function scopeOf(scope: string): object {
  const [kind, id] = splitScope(scope);
  if (id !== null) return { [kind]: id };
  return kind === "viewer" ? { read_only: true } : {};
}

interface LineProps {
  readonly name: string;
  readonly value: string;
  readonly set: (value: string) => void;
  readonly example: string;
}

function Line({ name, value, set, example }: LineProps) {
  return (
    <label class="field">
      <span>{name}</span>
      <input
        value={value}
        placeholder={example}
        onInput={(event) => set(event.currentTarget.value)}
        autoComplete="off"
        spellcheck={false}
      />
    </label>
  );
}

function Scope({ value, set }: Pick<LineProps, "value" | "set">) {
  const all = buildings.value.map(({ building }) => building);
  const tenants = all.flatMap((each) => each.tenants ?? []);
  const whole = nameOfOrganization(organization.value) ?? organization.value ?? "the organization";
  return (
    <label class="field">
      <span>For</span>
      <select value={value} onChange={(event) => set(event.currentTarget.value)}>
        <option value="organization">{whole}</option>
        <option value="viewer">{whole}, read only</option>
        {all.map(({ id, name }) => (
          <option key={id} value={`building:${id}`}>
            {name}
          </option>
        ))}
        {tenants.map(({ id }) => (
          <option key={id} value={`tenant:${id}`}>
            {nameOf(id)}, a tenant
          </option>
        ))}
      </select>
    </label>
  );
}
