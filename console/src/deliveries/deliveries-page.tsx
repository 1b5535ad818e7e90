// All deliveries, newest first. Every filter stands in the address.

import { getPage } from "../api/list.ts";
import { organization, owns } from "../api/session.ts";
import type { Delivery, Subscription } from "../api/types.ts";
import { names } from "../building/model.ts";
import { spacesOf } from "../building/spaces.ts";
import { usePages } from "../live/use-pages.ts";
import { Choice, ShowAll } from "../parts/choice.tsx";
import { Empty } from "../parts/faces.tsx";
import { Listing } from "../parts/listing.tsx";
import { Page } from "../parts/page.tsx";
import { narrow, place } from "../route/place.ts";
import { useById, useSubscriptions } from "../subscriptions/all-subscriptions.ts";
import { titleOf } from "../subscriptions/name.ts";
import { shortId } from "../../../src/words/short-id.ts";
import { outcomeCodes, outcomeWords } from "../../../src/words/outcome.ts";
import { DeliveriesTable } from "./deliveries-table.tsx";
import { SendMany } from "./send-many.tsx";
import { sinceOf } from "./since.ts";
import { TimeFilter } from "./time-filter.tsx";

const filters = ["state", "subscription", "type", "code", "subject", "event", "replay", "since", "until"] as const;
const states = ["pending", "held", "delivered", "exhausted", "cancelled", "expired", "superseded"] as const;

export function DeliveriesPage() {
  const { query } = place.value;
  const subscriptions = useSubscriptions(15_000);
  const byId = useById(subscriptions);
  const wanted = Object.fromEntries(filters.map((name) => [name, query[name] ?? ""]));
  const pages = usePages<Delivery>(`deliveries ${organization.value} ${JSON.stringify(wanted)}`, (cursor, signal) =>
    getPage<Delivery>("/v1/deliveries", { ...wanted, since: sinceOf(query["since"]), limit: 50, cursor }, signal),
  );
  const isNarrowed = filters.some((name) => wanted[name] !== "");
  return (
    <Page
      title="Deliveries"
      beside={
        owns.value && (
          <div class="acts">
            <SendMany wanted={wanted} subscription={byId.get(wanted["subscription"] ?? "")} />
          </div>
        )
      }
    >
      <Filters subscriptions={subscriptions.data ?? []} />
      <Listing
        pages={pages}
        what="delivery"
        nothing={<Nothing isNarrowed={isNarrowed} />}
        table={(deliveries) => <DeliveriesTable deliveries={deliveries} subscriptions={byId} />}
      />
    </Page>
  );
}

function Nothing({ isNarrowed }: { readonly isNarrowed: boolean }) {
  if (!isNarrowed) {
    return (
      <Empty title="Nothing was sent yet.">
        <p>A delivery is made for each event that a subscription takes.</p>
      </Empty>
    );
  }
  return (
    <Empty title="No delivery fits.">
      <ShowAll filters={filters} />
    </Empty>
  );
}

function Filters({ subscriptions }: { readonly subscriptions: readonly Subscription[] }) {
  const { query } = place.value;
  const types = [...new Set(subscriptions.flatMap(({ bindings }) => bindings.map(({ type }) => type)))].toSorted();
  const typed = query["type"];
  if (typed !== undefined && typed !== "" && !types.includes(typed)) types.push(typed);
  return (
    <div class="filters" role="group" aria-label="Filters">
      <Choice name="state" title="State" any="Any state" options={states.map((state) => [state, state])} />
      <Choice
        name="subscription"
        title="Subscription"
        any="All subscriptions"
        options={subscriptions.map((each) => [each.id, titleOf(each)])}
      />
      <Choice name="type" title="Type" any="All types" options={types.map((type) => [type, type])} />
      <Choice
        name="code"
        title="Outcome"
        any="Any outcome"
        options={outcomeCodes.map((code) => [code, outcomeWords(code, null)])}
      />
      <Choice name="subject" title="Space or door" any="Everywhere" options={spacesOf(names.value)} />
      <TimeFilter />
      {(["event", "replay"] as const).map((name) =>
        query[name] === undefined || query[name] === "" ? null : (
          <button
            key={name}
            type="button"
            class="chip removable"
            onClick={() => narrow({ [name]: null })}
            aria-label={`Take away the filter ${name}`}
          >
            {shortId(query[name])} <span aria-hidden="true">×</span>
          </button>
        ),
      )}
    </div>
  );
}
