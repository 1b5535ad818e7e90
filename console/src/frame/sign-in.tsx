// The sign-in page: one field for a key. A link that works once signs in by itself.

import { useEffect, useState } from "preact/hooks";
import { failureText } from "../api/client.ts";
import { signIn, signInNote } from "../api/session.ts";

export function SignIn() {
  const [key, setKey] = useState("");
  const [isSending, setSending] = useState(false);
  useEffect(() => {
    document.title = "Sign in · Belfry";
  }, []);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setSending(true);
    try {
      await signIn(key);
    } catch (error) {
      signInNote.value = failureText(error);
      setSending(false);
    }
  };
  return (
    <main class="sign-in" id="main">
      <form class="sign-in-card" onSubmit={submit}>
        <p class="brand">
          <img src="/console/icon.svg" width="40" height="40" alt="" />
          <span>Belfry</span>
        </p>
        <h1>Sign in</h1>
        <label class="field">
          <span>Key</span>
          <input
            type="password"
            value={key}
            onInput={(event) => setKey(event.currentTarget.value)}
            autoComplete="current-password"
            placeholder="belfry_client_…"
            spellcheck={false}
            required
          />
        </label>
        {signInNote.value !== null && (
          <p class="note" role="alert">
            {signInNote.value
              .split("`")
              .map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part))}
          </p>
        )}
        <button type="submit" class="button primary" disabled={isSending || key.trim() === ""}>
          Sign in
        </button>
        <p class="muted">
          Run <code>belfry console</code> on the server: it prints a link that signs you in once. The operator's key is
          in <code>belfry-data/operator.key</code>.
        </p>
      </form>
    </main>
  );
}
