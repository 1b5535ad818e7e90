#!/usr/bin/env node
// argv → command. Nothing else happens here.

import { createProgram } from "./cli/program.ts";

await createProgram().parseAsync(process.argv);
