// Portal links: the pages for a customer, without a sign-in. Links are not stored, so there is no list: one is made here, shown once,
// and ended by its id.

import { useState } from "preact/hooks";
import { part, send } from "../api/client.ts";
import { Confirm } from "../parts/confirm.tsx";
import { NewPortalLink } from "./new-portal-link.tsx";

export function PortalLinks() {
  const [dialog, setDialog] = useState<"make" | "end" | null>(null);
  const close = (): void => setDialog(null);
  return (
    <section class="card" aria-labelledby="portal-links">
      <h2 id="portal-links">Portal links</h2>
      <p class="muted">
        A link shows a customer these pages for what is theirs, without a sign-in and with your name and colours, in a
        tab or embedded in your product. It ends by itself, with the key that made it, or here. Links are not stored:
        keep the id.
      </p>
      <div class="acts">
        <button type="button" class="button" onClick={() => setDialog("make")}>
          New portal link
        </button>
        <button type="button" class="button" onClick={() => setDialog("end")}>
          End a link
        </button>
      </div>
      {dialog === "make" && <NewPortalLink close={close} />}
      {dialog === "end" && <EndLink close={close} />}
    </section>
  );
}

function EndLink({ close }: { readonly close: () => void }) {
  const [id, setId] = useState("");
  const wanted = id.trim();
  return (
    <Confirm
      title="End a portal link"
      act="End it"
      isDangerous
      isPossible={wanted !== ""}
      run={() => send("DELETE", `/v1/portal-links/${part(wanted)}`)}
      close={close}
    >
      <label class="field">
        <span>Id of the link</span>
        <input
          value={id}
          placeholder="portal_…"
          onInput={(event) => setId(event.currentTarget.value)}
          autoComplete="off"
          spellcheck={false}
        />
      </label>
      <p>Whoever has it open sees at once that it is over. Nothing brings it back.</p>
    </Confirm>
  );
}
