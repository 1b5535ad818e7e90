// A subscription is made or changed. A secret that was made on the way is shown once, with what to do with it.

import { useRef, useState } from "preact/hooks";
import { get, part, send } from "../api/client.ts";
import { manages, owns } from "../api/session.ts";
import type { Inbox, Subscription } from "../api/types.ts";
import { useLive } from "../live/use-live.ts";
import { Empty, NotRead } from "../parts/faces.tsx";
import { Copy } from "../parts/id.tsx";
import { Page } from "../parts/page.tsx";
import { Link } from "../route/link.tsx";
import { address, go, place } from "../route/place.ts";
import { organization } from "../api/session.ts";
import { useSubscriptions } from "./all-subscriptions.ts";
import { changesOf, creationOf, type Draft, draftOf, emptyDraft } from "./form/draft.ts";
import { scopes, SubscriptionForm } from "./form/form.tsx";
import { titleOf } from "./name.ts";
import { TestCard } from "./test-card.tsx";
import { VerifyCode } from "./verify-code.tsx";

interface Made {
  readonly subscription: Subscription;
  readonly secret: string;
}

type Answer = Subscription & { readonly signing_secret?: string };

const above = () => <Link to={address("/subscriptions")}>Subscriptions</Link>;

export function NewSubscriptionPage() {
  const [made, setMade] = useState<Made | null>(null);
  const others = useSubscriptions(60_000);
  const wanted = place.value.query["inbox"];
  const inbox = useLive(
    wanted === undefined ? null : `to ${wanted}`,
    (signal) => get<{ readonly inbox: Inbox }>(`/v1/inboxes/${part(wanted!)}/requests`, {}, signal),
    600_000,
  );
  if (made !== null) return <Done made={made} title={`${titleOf(made.subscription)} is made`} />;
  if (!owns.value) return <MayNot title="New subscription" />;
  if (wanted !== undefined && inbox.data === null) {
    return (
      <Page title="New subscription" above={above()}>
        <NotRead failure={inbox.failure} again={inbox.refresh} />
      </Page>
    );
  }
  const start = startOf(inbox.data?.inbox ?? null);
  const run = async (draft: Draft): Promise<void> => {
    const { signing_secret: secret, ...subscription } = await send<Answer>(
      "POST",
      "/v1/subscriptions",
      creationOf(draft),
    );
    setMade({ subscription, secret: secret! });
  };
  return (
    <Page title="New subscription" above={above()}>
      <SubscriptionForm
        start={start}
        before={null}
        others={others.data ?? []}
        act="Make the subscription"
        run={run}
        cancel={() => go(address("/subscriptions"))}
      />
    </Page>
  );
}

/** An empty form, or one that goes to this inbox: of the same building or tenant. */
function startOf(inbox: Inbox | null): Draft {
  const draft = inbox === null ? emptyDraft : { ...emptyDraft, url: inbox.url, name: inbox.name ?? "" };
  const { kind, id } = inbox?.scope ?? { kind: "organization" };
  if (manages.value && (kind === "organization" || id === undefined)) return draft;
  const scope = id === undefined ? scopes()[0]?.[0] : `${kind}:${id}`;
  return { ...draft, dialect: "butterflymx", scope: scope ?? "" };
}

export function EditSubscriptionPage({ id }: { readonly id: string }) {
  const [made, setMade] = useState<Made | null>(null);
  const others = useSubscriptions(60_000);
  const live = useLive(
    `edit ${organization.value} ${id}`,
    (signal) => get<Subscription>(`/v1/subscriptions/${part(id)}`, {}, signal),
    60_000,
  );
  // As it was first read: a form must not change under the hands of whoever fills it in, nor undo what others change meanwhile.
  const first = useRef<Subscription | null>(null);
  first.current ??= live.data;
  const before = first.current;
  const back = address(`/subscriptions/${part(id)}`);
  if (made !== null) return <Done made={made} title={`${titleOf(made.subscription)} has a new secret`} />;
  if (!owns.value) return <MayNot title="Edit a subscription" />;
  if (before === null) {
    return (
      <Page title="Edit a subscription" above={above()}>
        <NotRead failure={live.failure} again={live.refresh} />
      </Page>
    );
  }
  const run = async (draft: Draft): Promise<void> => {
    const changes = changesOf(draft, before);
    if (Object.keys(changes).length === 0) return go(back);
    const { signing_secret: secret, ...subscription } = await send<Answer>(
      "PATCH",
      `/v1/subscriptions/${part(id)}`,
      changes,
    );
    if (secret === undefined) go(back);
    else setMade({ subscription, secret });
  };
  return (
    <Page title={`Edit ${titleOf(before)}`} above={<Link to={back}>{titleOf(before)}</Link>}>
      <SubscriptionForm
        key={id}
        start={draftOf(before)}
        before={before}
        others={(others.data ?? []).filter((each) => each.id !== id)}
        act="Save the changes"
        run={run}
        cancel={() => go(back)}
      />
    </Page>
  );
}

function MayNot({ title }: { readonly title: string }) {
  return (
    <Page title={title} above={above()}>
      <Empty title="Your key may read subscriptions, and change none.">
        <p>Sign in with a key of the organization, the building or the tenant.</p>
      </Empty>
    </Page>
  );
}

function Done({ made: { subscription, secret }, title }: { readonly made: Made; readonly title: string }) {
  return (
    <Page title={title} above={above()}>
      <div class="columns">
        <div>
          <section class="card" aria-labelledby="made">
            <h2 id="made">Its signing secret</h2>
            <p>
              Give it to the receiver, which verifies deliveries with it. You can show it again later; that is audited.
            </p>
            <p class="secret">
              <code>{secret}</code>
              <Copy text={secret} what="secret" />
            </p>
            <p>
              <Link to={address(`/subscriptions/${part(subscription.id)}`)} class="button primary">
                Go to the subscription
              </Link>
            </p>
          </section>
          <VerifyCode />
        </div>
        <div>
          <TestCard subscription={subscription} />
        </div>
      </div>
    </Page>
  );
}
