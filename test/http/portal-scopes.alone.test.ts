// A portal link sees and changes what a key of its role and scope may, on every route: the tests of keys, asked by links.

import { credentials } from "./credential.ts";

credentials.kind = "portal link";
await import("./other-organizations.test.ts");
