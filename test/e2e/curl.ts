// As much of curl as the documents use, so that their commands can be run wherever the tests are: -s, -N, -X, -H, -d, a URL.
// Prints the body, of an answer without an end (-N) what comes first; exits with 22 at a status from 400 up, as `curl --fail` does.

import { readFileSync } from "node:fs";

const headers = new Headers();
let [method, body, url]: (string | undefined)[] = [];
let isEndless = false;
const args = process.argv.slice(2);
while (args.length > 0) {
  const word = args.shift()!;
  if (word === "-s") continue;
  if (word === "-N") isEndless = true;
  else if (word === "-X") method = args.shift();
  else if (word === "-H") {
    const [name, value] = args.shift()!.split(/: (.*)/s) as [string, string];
    headers.set(name, value);
  } else if (word === "-d") {
    const data = args.shift()!;
    body = data.startsWith("@") ? readFileSync(data.slice(1), "utf8") : data;
  } else if (!word.startsWith("-") && url === undefined) url = word;
  else throw new Error(`This stand-in for curl does not know ${word}.`);
}
const answer = await fetch(url!, {
  method: method ?? (body === undefined ? "GET" : "POST"),
  headers,
  ...(body === undefined ? {} : { body }),
});
if (isEndless) {
  for await (const piece of answer.body!) {
    console.log(Buffer.from(piece).toString());
    break;
  }
} else console.log(await answer.text());
process.exitCode = answer.ok ? 0 : 22;
