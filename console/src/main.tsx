// Where the console begins: who is signed in is asked first, then the page of the address is shown.

import "./styles/base.css";
import "./styles/frame.css";
import "./styles/parts.css";
import "./styles/building.css";
import "./styles/pages.css";
import { render } from "preact";
import { App } from "./app.tsx";
import { beginSession } from "./api/session.ts";
import { applyTheme } from "./frame/theme.ts";

applyTheme();
void beginSession();
render(<App />, document.getElementById("app")!);
