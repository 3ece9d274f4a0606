// SPDX-License-Identifier: MIT
// What the first request to embed-user costs in a deno process: first.mjs FUNCTIONS USER started|cold
// `started`: the function has loaded its model, as index.ts does when it starts; `cold`: the request waits
// for it.  Prints JSON: milliseconds of the first request and of the 21st, of them in the database server by its own
// account, and megabytes of memory before and after.
import process from "node:process";
import { pathToFileURL } from "node:url";

const [, , folder, user, how] = process.argv;
let spent = 0;
const before = Deno.memoryUsage().rss;
const plain = globalThis.fetch;
globalThis.fetch = async (url, init) => {
  const response = await plain(url, init);
  spent += Number(/dur=([\d.]+)/.exec(response.headers.get("server-timing") ?? "")?.[1] ?? 0);
  return response;
};
const functions = pathToFileURL(`${folder}/supabase/functions`).href;
const { embedUserRequest } = await import(`${functions}/embed-user/handler.ts`);
if (how === "started") {
  (await import(`${functions}/_shared/user_embedding.ts`)).warmUp();
  await new Promise((done) => setTimeout(done, 1000));
}

async function ask() {
  spent = 0;
  const start = performance.now();
  const request = new Request("http://localhost/embed-user", {
    method: "POST",
    headers: { apikey: process.env.REST_SECRET_KEY },
    body: JSON.stringify({ user_id: user, force: true }),
  });
  const answer = await (await embedUserRequest(request)).json();
  if (answer.status !== "written") throw new Error(JSON.stringify(answer));
  return { ms: performance.now() - start, database: spent };
}
const first = await ask(),
  later = [];
for (let i = 0; i < 20; i++) later.push(await ask());
console.log(
  JSON.stringify({ how, first, later: later[19], before: before / 1e6, after: Deno.memoryUsage().rss / 1e6 }),
);
