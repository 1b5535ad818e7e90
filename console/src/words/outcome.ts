// Outcomes in the words that the command line uses, too.

export * from "../../../src/words/outcome.ts";
