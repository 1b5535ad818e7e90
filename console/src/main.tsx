// Where the console begins: who is signed in is asked first, then the page of the address is shown.

import { render } from "preact";
import { App } from "./app.tsx";
import { beginSession } from "./api/session.ts";
import { applyTheme } from "./frame/theme.ts";
import { watchChanges } from "./live/stream.ts";

applyTheme();
void beginSession();
watchChanges();
render(<App />, document.getElementById("app")!);
