// What a process answers that only delivers: everything but its health is asked of another one.

import { BelfryError } from "../errors.ts";
import type { HttpScope } from "./scope.ts";

export const createElsewhere = () => (scope: HttpScope) => {
  scope.all("/*", async () => {
    throw new BelfryError(
      "NOT_FOUND",
      "This process has the role delivery: it answers /healthz, /readyz and /metrics. Ask one of the role api or all.",
    );
  });
};
