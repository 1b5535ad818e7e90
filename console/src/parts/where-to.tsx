// Where deliveries go, in short: on a narrow place the path stands below the host.

import { whereTo } from "../../../src/words/host.ts";

export function WhereTo({ url }: { readonly url: string }) {
  const said = whereTo(url);
  const slash = said.indexOf("/");
  if (slash < 0) return <>{said}</>;
  return (
    <>
      {said.slice(0, slash)}
      <wbr />
      {said.slice(slash)}
    </>
  );
}
