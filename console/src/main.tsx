// Where the console begins: who is signed in is asked first, then the page of the address is shown. The address of an inbox is a
// page for whoever knows it, and asks for nobody. A portal link brings its token with it.

import { render } from "preact";
import { App } from "./app.tsx";
import { beginSession } from "./api/session.ts";
import { applyTheme } from "./frame/theme.ts";
import { applyLook } from "./portal/look.ts";
import { watchChanges } from "./live/stream.ts";
import { OpenInbox } from "./inboxes/open-inbox.tsx";

applyTheme();
applyLook();
const root = document.getElementById("app")!;
const inbox = /^\/inbox\/\w+/.exec(location.pathname)?.[0];
if (inbox === undefined) {
  void beginSession();
  watchChanges();
  render(<App />, root);
} else render(<OpenInbox path={inbox} />, root);
