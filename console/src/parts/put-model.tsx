// How a building comes to be, where there is none.

import { Copy } from "./id.tsx";

export function PutModel() {
  const command = `curl -X PUT ${location.origin}/v1/building-model -H "authorization: Bearer $KEY" -H 'content-type: application/json' -d @examples/building-model.json`;
  return (
    <div class="command">
      <pre>{command}</pre>
      <Copy text={command} what="command" />
    </div>
  );
}
