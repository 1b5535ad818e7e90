// Instead of a sign-in page for whoever came by a portal link: it is over, and only who gave it can give another.

import { useEffect } from "preact/hooks";
import { signInNote } from "../api/session.ts";

export function LinkOver() {
  useEffect(() => {
    document.title = "This link is over";
  }, []);
  return (
    <main class="sign-in" id="main">
      <div class="sign-in-card">
        <h1>This link is over</h1>
        <p>
          It was for a limited time, or it was ended. Load the page anew that led you here, or ask there for another.
        </p>
        {signInNote.value !== null && (
          <p class="note" role="alert">
            {signInNote.value}
          </p>
        )}
      </div>
    </main>
  );
}
