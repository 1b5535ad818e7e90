// The page at the address of an inbox itself: for whoever knows it, without a key. It can read and choose the answer, and nothing
// else.

import { Lost, ThemeSwitch } from "../frame/frame.tsx";
import { InboxView } from "./inbox-view.tsx";

export function OpenInbox({ path }: { readonly path: string }) {
  return (
    <div class="open-inbox">
      <header class="head">
        <span class="brand">
          <img src="/console/icon.svg" width="24" height="24" alt="" />
          <span>Belfry</span>
        </span>
        <ThemeSwitch />
      </header>
      <main id="main" tabIndex={-1}>
        <Lost />
        <InboxView path={path} />
      </main>
    </div>
  );
}
