// The name of a vendor in questions and answers.

import { z } from "zod";

export const dialectName = z.enum(["butlr", "butterflymx"]);
