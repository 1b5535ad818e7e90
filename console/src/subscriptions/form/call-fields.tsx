// How the receiver is called beyond its URL: headers, a key, basic authentication, certificates, signatures. Values that were set are never
// shown again, so each is kept, taken away, or given anew.

import type { ComponentChildren } from "preact";
import type { Subscription } from "../../api/types.ts";
import { Check, FaultOf, TextField } from "../../parts/fault.tsx";
import type { Keeping } from "./draft.ts";
import { fieldOf, type Part } from "./field.ts";

interface CallProps extends Part {
  /** null: a new one is made. */
  readonly before: Subscription | null;
}

export function CallFields({ draft, set, before }: CallProps) {
  const field = fieldOf({ draft, set });
  const endpoint = before?.endpoint;
  const headers = endpoint?.header_names ?? [];
  const authorities = endpoint?.ca_certificates ?? [];
  return (
    <fieldset class="form-part">
      <legend>How the receiver is called</legend>
      {draft.dialect === "butlr" && (
        <>
          <Kept
            title="Key in a header"
            name="api_key"
            {...field("apiKey")}
            now={endpoint?.has_api_key ? `a key in ${endpoint.api_key_header ?? "a header"}` : null}
          >
            <div class="pair">
              <TextField name="api_key.name" label="Header" {...field("apiKeyName")} />
              <TextField name="api_key.value" label="Key" type="password" {...field("apiKeyValue")} />
            </div>
          </Kept>
          <Kept
            title="Basic authentication"
            name="basic_auth"
            {...field("basic")}
            now={endpoint?.has_basic_auth ? `as ${endpoint.basic_auth_username ?? "a user"}` : null}
          >
            <div class="pair">
              <TextField name="basic_auth.username" label="User" {...field("username")} />
              <TextField name="basic_auth.password" label="Password" type="password" {...field("password")} />
            </div>
          </Kept>
        </>
      )}
      <Kept
        title="Headers"
        name="headers"
        value={draft.headers}
        set={(keeping) =>
          set({
            headers: keeping,
            ...(keeping === "set" && draft.headerRows.length === 0 && { headerRows: [["", ""]] }),
          })
        }
        now={headers.length === 0 ? null : headers.join(", ")}
      >
        <HeaderRows draft={draft} set={set} />
      </Kept>
      <Kept
        title="Client certificate"
        name="client_certificate"
        {...field("client")}
        now={
          endpoint?.client_certificate
            ? `${endpoint.client_certificate.subject}, until ${endpoint.client_certificate.not_after.slice(0, 10)}`
            : null
        }
      >
        <TextField
          name="client_certificate.certificate"
          label="Certificate, as PEM"
          rows={4}
          {...field("certificate")}
          placeholder="-----BEGIN CERTIFICATE-----"
        />
        <TextField
          name="client_certificate.private_key"
          label="Its private key, as PEM without a passphrase"
          rows={4}
          {...field("privateKey")}
          placeholder="-----BEGIN PRIVATE KEY-----"
        />
      </Kept>
      <Kept
        title="Certificate authorities"
        name="ca_certificates"
        {...field("authorities")}
        none="the public ones"
        now={authorities.length === 0 ? null : authorities.map(({ subject }) => subject).join("; ")}
      >
        <TextField
          name="ca_certificates.pem"
          label="Certificates of the authorities, as PEM"
          rows={4}
          {...field("authoritiesPem")}
          placeholder="-----BEGIN CERTIFICATE-----"
        />
      </Kept>
      <div class="field" role="group" aria-label="Signatures">
        <span>Signatures</span>
        <div class="checks across">
          <Check label="Standard Webhooks" is disabled set={() => {}} />
          {(["ed25519", "github", "stripe"] as const).map((name) => (
            <Check
              key={name}
              label={name}
              is={draft.signatures.includes(name)}
              set={(is) =>
                set({ signatures: is ? [...draft.signatures, name] : draft.signatures.filter((each) => each !== name) })
              }
            />
          ))}
        </div>
        <FaultOf name="signatures" />
      </div>
    </fieldset>
  );
}

interface KeptProps {
  readonly title: string;
  readonly name: string;
  readonly value: Keeping;
  readonly set: (value: Keeping) => void;
  /** What there is now, as far as it is shown; null: nothing. */
  readonly now: string | null;
  readonly none?: string;
  readonly children: ComponentChildren;
}

function Kept({ title, name, value, set, now, none = "none", children }: KeptProps) {
  const options: readonly (readonly [Keeping, string])[] = [
    ...(now === null ? [] : ([["keep", `keep: ${now}`]] as const)),
    ["none", none],
    ["set", now === null ? "set" : "replace"],
  ];
  return (
    <div class="kept">
      <label class="field">
        <span>{title}</span>
        <select value={value} onChange={(event) => set(event.currentTarget.value as Keeping)}>
          {options.map(([each, said]) => (
            <option key={each} value={each}>
              {said}
            </option>
          ))}
        </select>
      </label>
      {value === "set" && <div class="indented">{children}</div>}
      <FaultOf name={name} isWhole={value === "set"} />
    </div>
  );
}

const mostHeaders = 16;

function HeaderRows({ draft: { headerRows: rows }, set }: Part) {
  const put = (index: number, row: readonly [string, string]): void =>
    set({ headerRows: rows.map((each, at) => (at === index ? row : each)) });
  return (
    <div class="header-rows">
      {rows.map(([name, value], index) => (
        <div class="pair" key={index}>
          <input
            aria-label={`Name of header ${index + 1}`}
            placeholder="x-secret"
            value={name}
            onInput={(event) => put(index, [event.currentTarget.value, value])}
          />
          <input
            aria-label={`Value of header ${index + 1}`}
            placeholder="value"
            value={value}
            autoComplete="off"
            onInput={(event) => put(index, [name, event.currentTarget.value])}
          />
          <button
            type="button"
            class="button quiet"
            aria-label={`Take away header ${index + 1}`}
            onClick={() => set({ headerRows: rows.filter((_, at) => at !== index) })}
          >
            ×
          </button>
        </div>
      ))}
      {rows.length < mostHeaders && (
        <button type="button" class="button quiet" onClick={() => set({ headerRows: [...rows, ["", ""]] })}>
          One more header
        </button>
      )}
    </div>
  );
}
