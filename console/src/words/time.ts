// Moments and spans in the words that the command line uses, too.

export * from "../../../src/words/time.ts";
