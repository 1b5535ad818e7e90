// An inbox in the console, for a key that may manage it.

import { useState } from "preact/hooks";
import { part, send } from "../api/client.ts";
import { Confirm } from "../parts/confirm.tsx";
import { Link } from "../route/link.tsx";
import { address, go } from "../route/place.ts";
import { InboxView } from "./inbox-view.tsx";

export function InboxPage({ id }: { readonly id: string }) {
  const [isRemoving, setRemoving] = useState(false);
  const path = `/v1/inboxes/${part(id)}`;
  return (
    <InboxView
      isLinked
      path={path}
      above={<Link to={address("/inboxes")}>Inboxes</Link>}
      beside={
        <>
          <Link to={address("/subscriptions/new", { inbox: id })} class="button">
            New subscription to it
          </Link>
          <button type="button" class="button" onClick={() => setRemoving(true)}>
            Remove the inbox
          </button>
          {isRemoving && (
            <Confirm
              title="Remove the inbox"
              act="Remove it"
              isDangerous
              run={async () => {
                await send("DELETE", path);
                go(address("/inboxes"));
              }}
              close={() => setRemoving(false)}
            >
              <p>What arrived is gone with it, and deliveries to it fail from now on.</p>
            </Confirm>
          )}
        </>
      }
    />
  );
}
