// SPDX-License-Identifier: MIT
// A folder on the web, for tests in node and deno: answers may be changed on their way.
import { createServer } from "node:http";
import { readFileSync, statSync } from "node:fs";

export async function serveFolder(folder) {
  const twists = new Map(); // path: bytes => bytes, or a status
  const asked = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url.slice(1));
    asked.push(path);
    const twist = twists.get(path);
    if (typeof twist === "number") return void response.writeHead(twist).end();
    try {
      if (!statSync(`${folder}/${path}`).isFile()) throw new Error("a folder");
      const bytes = readFileSync(`${folder}/${path}`);
      response.end(twist ? twist(bytes) : bytes);
    } catch {
      response.writeHead(404).end("none");
    }
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const stop = () => new Promise((done) => (server.closeAllConnections(), server.close(done)));
  return { url: `http://127.0.0.1:${server.address().port}`, twists, asked, stop };
}
