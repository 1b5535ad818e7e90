#!/usr/bin/env node
// argv → command. Nothing else happens here.

import { runProgram } from "./cli/program.ts";

process.exitCode = await runProgram(process.argv.slice(2));
