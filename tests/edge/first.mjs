// SPDX-License-Identifier: MIT
// What the first request to embed-user costs in a deno process: first.mjs FUNCTIONS USER started|cold
// `started`: the function has loaded its model, as index.ts does when it starts; `cold`: the request
// waits for it.  Prints milliseconds, of them waiting for the database, those of the 21st, and memory.
import process from "node:process";
import { pathToFileURL } from "node:url";

const [, , folder, user, how] = process.argv;
let waited = 0;
const before = Deno.memoryUsage().rss;
const plain = globalThis.fetch;
globalThis.fetch = async (url, init) => {
  const start = performance.now(), response = await plain(url, init);
  if (!String(url).includes("/rest/v1/")) return response;
  const bytes = await response.arrayBuffer();
  waited += performance.now() - start;
  return new Response(bytes, { status: response.status, headers: response.headers });
};
const functions = pathToFileURL(`${folder}/supabase/functions`).href;
const { embedUserRequest } = await import(`${functions}/embed-user/handler.ts`);
if (how === "started") {
  (await import(`${functions}/_shared/user_embedding.ts`)).warmUp();
  await new Promise((done) => setTimeout(done, 1000));
}

async function ask() {
  waited = 0;
  const start = performance.now();
  const request = new Request("http://localhost/embed-user", {
    method: "POST",
    headers: { authorization: `Bearer ${process.env.SUPABASE_SERVICE_ROLE_KEY}` },
    body: JSON.stringify({ user_id: user, force: true }),
  });
  const answer = await (await embedUserRequest(request)).json();
  if (answer.status !== "written") throw new Error(JSON.stringify(answer));
  return { ms: performance.now() - start, database: waited };
}
const first = await ask(), later = [];
for (let i = 0; i < 20; i++) later.push(await ask());
const ms = ({ ms, database }) => `${ms.toFixed(1)} ms (database ${database.toFixed(1)})`;
console.log(`${how}: first embedding ${ms(first)}, the 21st ${ms(later[19])}; ` +
  `memory ${(before / 1e6).toFixed(0)} MB before, ${(Deno.memoryUsage().rss / 1e6).toFixed(0)} MB after`);
