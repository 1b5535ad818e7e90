// Which page stands at which address.

import { manages, session, mine, organization, owns } from "./api/session.ts";
import { AlertsPage } from "./alerts/alerts-page.tsx";
import { AuditPage } from "./audit/audit-page.tsx";
import { BuildingPage } from "./building/building-page.tsx";
import { DeliveriesPage } from "./deliveries/deliveries-page.tsx";
import { DeliveryPage } from "./deliveries/delivery-page.tsx";
import { EventPage } from "./events/event-page.tsx";
import { EventsPage } from "./events/events-page.tsx";
import { Frame } from "./frame/frame.tsx";
import { SignIn } from "./frame/sign-in.tsx";
import { HealthPage } from "./health/health-page.tsx";
import { KeysPage } from "./keys/keys-page.tsx";
import { ModelPage } from "./model/model-page.tsx";
import { PutModelPage } from "./model/put-model-page.tsx";
import { Empty } from "./parts/faces.tsx";
import { Page } from "./parts/page.tsx";
import { PutModel } from "./parts/put-model.tsx";
import { NewReplayPage } from "./replays/new-replay-page.tsx";
import { ReplayPage } from "./replays/replay-page.tsx";
import { ReplaysPage } from "./replays/replays-page.tsx";
import { Link } from "./route/link.tsx";
import { address, place } from "./route/place.ts";
import { SensorsPage } from "./sensors/sensors-page.tsx";
import { EditSubscriptionPage, NewSubscriptionPage } from "./subscriptions/edit-page.tsx";
import { SubscriptionPage } from "./subscriptions/subscription-page.tsx";
import { SubscriptionsPage } from "./subscriptions/subscriptions-page.tsx";

export function App() {
  if (session.value === undefined) return null;
  if (session.value === null) return <SignIn />;
  return (
    <Frame>
      <Shown />
    </Frame>
  );
}

function Shown() {
  const [, first = "", id, more] = place.value.path.split("/");
  if (mine.value.length === 0) return <NothingToSee />;
  const wanted = first === "" ? "building" : first;
  const isOfServer = ["keys", "audit", "alerts", "health"].includes(wanted) || (wanted === "model" && id === "new");
  if (organization.value === null && !isOfServer) return <NoOrganization />;
  if (!(mine.value as readonly string[]).includes(wanted)) {
    return first === "" ? <SubscriptionsPage /> : <NotFound />;
  }
  const name = id === undefined || id === "" ? null : decodeURIComponent(id);
  switch (wanted) {
    case "building":
      return <BuildingPage />;
    case "subscriptions":
      if (name === "new") return <NewSubscriptionPage />;
      if (name !== null && more === "edit") return <EditSubscriptionPage key={name} id={name} />;
      return name === null ? <SubscriptionsPage /> : <SubscriptionPage key={name} id={name} />;
    case "deliveries":
      return name === null ? <DeliveriesPage /> : <DeliveryPage key={name} id={name} />;
    case "events":
      return name === null ? <EventsPage /> : <EventPage key={name} id={name} />;
    case "sensors":
      return <SensorsPage />;
    case "replays":
      return name === null ? (
        <ReplaysPage />
      ) : name === "new" && owns.value ? (
        <NewReplayPage />
      ) : (
        <ReplayPage key={name} id={name} />
      );
    case "alerts":
      return <AlertsPage />;
    case "model":
      return name === "new" && manages.value ? <PutModelPage /> : <ModelPage />;
    case "keys":
      return <KeysPage />;
    case "audit":
      return <AuditPage />;
    default:
      return <HealthPage />;
  }
}

function NotFound() {
  return (
    <Page title="No such page">
      <Empty title="There is no page at this address, or your key may not see it.">
        <Link to={address(mine.value.includes("building") ? "/" : "/subscriptions")} class="button">
          Go to the first page
        </Link>
      </Empty>
    </Page>
  );
}

function NothingToSee() {
  return (
    <Page title="Nothing to see">
      <Empty title="This key may only send observations and events.">
        <p>Sign in with a key of another role, such as organization or viewer.</p>
      </Empty>
    </Page>
  );
}

function NoOrganization() {
  return (
    <Page title="Building">
      <Empty title="There is no organization yet.">
        <p>Put a building model, and this page shows it:</p>
        <PutModel />
        <Link to={address("/model/new")} class="button primary">
          Upload a building model
        </Link>
      </Empty>
    </Page>
  );
}
