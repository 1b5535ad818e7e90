// What stands around every page: the rail, the header with its search, and a quiet bar where the server does not answer.

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { lostSince } from "../api/client.ts";
import {
  type Ability,
  isPortal,
  mayChoose,
  mine,
  organization,
  organizations,
  session,
  signOut,
} from "../api/session.ts";
import { model, names } from "../building/model.ts";
import { recordsOf } from "../building/name.ts";
import { addressOf, pictureOf } from "../building/pictures.ts";
import { now } from "../live/now.ts";
import { Link } from "../route/link.tsx";
import { address, go, place } from "../route/place.ts";
import { roughly } from "../../../src/words/time.ts";
import type { PortalLook } from "../api/types.ts";
import { brand } from "../portal/look.ts";
import { hostOf } from "../../../src/words/host.ts";
import { find } from "./find.ts";
import { Icon } from "./icons.tsx";
import { nextTheme, theme } from "./theme.ts";

const pages: Readonly<Record<Ability, { readonly path: string; readonly name: string }>> = {
  building: { path: "/", name: "Building" },
  subscriptions: { path: "/subscriptions", name: "Subscriptions" },
  deliveries: { path: "/deliveries", name: "Deliveries" },
  events: { path: "/events", name: "Events" },
  sensors: { path: "/sensors", name: "Sensors" },
  inboxes: { path: "/inboxes", name: "Inboxes" },
  replays: { path: "/replays", name: "Replays" },
  alerts: { path: "/alerts", name: "Alerts" },
  model: { path: "/model", name: "Model" },
  keys: { path: "/keys", name: "Keys" },
  audit: { path: "/audit", name: "Audit" },
  health: { path: "/health", name: "Health" },
};

/** Of the bar at the bottom of a narrow screen. */
const inBar = 4;

export function Frame({ children }: { readonly children: ComponentChildren }) {
  return (
    <>
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          // What stands behind the # is the token of a portal link.
          event.preventDefault();
          document.getElementById("main")?.focus();
        }}
      >
        Skip to the page
      </a>
      <header class={isPortal ? "head portal" : "head"}>
        <Link
          to={address(mine.value.includes("building") ? "/" : "/subscriptions")}
          class="brand"
          label={`${brand.value}, first page`}
        >
          {session.value?.portal?.title == null && <img src="/console/icon.svg" width="24" height="24" alt="" />}
          <span>{brand.value}</span>
        </Link>
        <Where />
        <Search />
        <ThemeSwitch />
        <Account />
      </header>
      <Rail />
      <main id="main" tabIndex={-1}>
        <Lost />
        {children}
      </main>
    </>
  );
}

const isHere = (path: string): boolean =>
  path === "/" ? place.value.path === "/" : place.value.path === path || place.value.path.startsWith(`${path}/`);

function Rail() {
  const all = mine.value.map((each) => ({ each, ...pages[each] }));
  const [isOpen, setOpen] = useState(false);
  useEffect(() => setOpen(false), [place.value]);
  const entry = ({ each, path, name }: (typeof all)[number]) => (
    <li key={each}>
      <Link to={address(path)} current={isHere(path)}>
        <Icon name={each} />
        <span>{name}</span>
      </Link>
    </li>
  );
  const rest = all.slice(inBar);
  return (
    <nav class="rail" aria-label="Pages">
      <ul>
        {all.slice(0, inBar).map(entry)}
        {rest.length > 0 && (
          <li class="rail-more">
            <button type="button" aria-expanded={isOpen} aria-controls="rail-rest" onClick={() => setOpen(!isOpen)}>
              <Icon name="more" />
              <span>More</span>
            </button>
          </li>
        )}
      </ul>
      <ul id="rail-rest" class={isOpen ? "rail-rest open" : "rail-rest"}>
        {rest.map(entry)}
      </ul>
    </nav>
  );
}

/** Of the organization, where one was uploaded. */
function Logo() {
  const id = organization.value;
  const picture = id === null ? null : pictureOf("organization", id);
  return picture === null ? null : <img class="logo" src={addressOf(picture)} alt="" height="24" />;
}

function Where() {
  if (mayChoose.value) {
    return (
      <label class="where">
        <span class="unseen">Organization</span>
        <select
          value={organization.value ?? ""}
          onChange={(event) => go(address("/", { organization: event.currentTarget.value }))}
        >
          {organizations.value.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </label>
    );
  }
  const all = recordsOf(names.value, "building");
  const only = all.length === 1 ? all[0]![1].name : null;
  const known = model.value?.organization.name ?? organizations.value[0]?.name;
  // To a vendor's customer the id of the vendor's organization says nothing.
  const name = known ?? (isPortal || only !== null ? "" : organization.value);
  return (
    <p class="where">
      <Logo />
      {name}
      {only !== null && <span class="muted">{name === "" ? only : ` / ${only}`}</span>}
    </p>
  );
}

function Search() {
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("");
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const target = event.target as HTMLElement;
      if (event.key !== "/" || event.ctrlKey || event.metaKey || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
        return;
      event.preventDefault();
      field.current?.focus();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  const submit = (event: Event): void => {
    event.preventDefault();
    const target = find(text, names.value);
    if (target === null) return;
    go(address(target.path, target.query));
    setText("");
    field.current?.blur();
  };
  return (
    <form class="search" role="search" onSubmit={submit}>
      <Icon name="search" size={16} />
      <input
        ref={field}
        type="search"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        placeholder="Any id, room, type or outcome"
        aria-label="Search by id, room, type or outcome"
        aria-keyshortcuts="/"
        autoComplete="off"
        spellcheck={false}
      />
      <kbd aria-hidden="true">/</kbd>
    </form>
  );
}

const themeNames = { system: "as the system", light: "light", dark: "dark" } as const;

export function ThemeSwitch() {
  const name = `Colours: ${themeNames[theme.value]}. Change`;
  return (
    <button type="button" class="icon-button" aria-label={name} title={name} onClick={nextTheme}>
      <Icon name={theme.value} />
    </button>
  );
}

function Account() {
  const who = session.value;
  const menu = useRef<HTMLDetailsElement>(null);
  if (!who) return null;
  if (who.portal !== null) return <Home portal={who.portal} />;
  return (
    <details
      class="account"
      ref={menu}
      onFocusOut={(event) => {
        if (menu.current !== null && !menu.current.contains(event.relatedTarget as Node | null))
          menu.current.open = false;
      }}
    >
      <summary aria-label={`Signed in as ${who.role}`} title={`Signed in as ${who.role}`}>
        <Icon name="person" />
      </summary>
      <div class="account-menu">
        <p>
          Signed in with a key of role <b>{who.role}</b>
        </p>
        <p class="muted">
          <code>{who.key}</code>
        </p>
        <button type="button" class="button" onClick={() => void signOut()}>
          Sign out
        </button>
      </div>
    </details>
  );
}

/** Of the vendor whose customer looks at these pages: text, and a link that opens elsewhere. */
function Home({ portal: { home } }: { readonly portal: PortalLook }) {
  if (home === null) return null;
  return (
    <a class="home" href={home} target="_blank" rel="noopener noreferrer">
      {hostOf(home)}
    </a>
  );
}

/** Numbers turn muted and stay: none turns to 0. */
export function Lost() {
  const since = lostSince.value;
  useEffect(() => {
    document.body.classList.toggle("lost", since !== null);
  }, [since]);
  if (since === null) return null;
  return (
    <p class="lost-bar">
      {/* Whoever listens hears it once, not every second. */}
      <span class="unseen" role="status">
        The server does not answer. The page goes on when it does.
      </span>
      <span aria-hidden="true">Last update {roughly(Math.max(0, now.value - since))} ago. Connecting again.</span>
    </p>
  );
}
