// SPDX-License-Identifier: MIT
/** Requests with a JSON body, answers and errors in JSON. */
import { callerOf } from "./caller.ts";
import type { Caller } from "./caller.ts";
import { Refusal } from "./refusal.ts";

export type Body = Record<string, unknown>;

const MOST_BODY = 10000;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const HEADERS = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Allow-Headers": "authorization, x-client-info, apikey, content-type",
  "Access-Control-Allow-Methods": "POST, OPTIONS",
  "Cache-Control": "no-store",
};

function answer(status: number, body: unknown): Response {
  return Response.json(body, { status, headers: HEADERS });
}

async function bodyOf(request: Request): Promise<Body> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const part of request.body ?? []) {
    text += decoder.decode(part, { stream: true });
    if (text.length > MOST_BODY) throw new Refusal(413, "body", `a body of at most ${MOST_BODY} characters is expected`);
  }
  text += decoder.decode();
  try {
    const body = JSON.parse(text);
    if (typeof body === "object" && body !== null && !Array.isArray(body)) return body;
  } catch {
    // said below
  }
  throw new Refusal(400, "body", "a JSON object is expected");
}

/** The user that a body names, who must be the caller unless the caller is a service. */
export function userOf(body: Body, caller: Caller): string {
  const id = body.user_id;
  if (typeof id !== "string" || !UUID.test(id)) throw new Refusal(400, "user_id", "user_id, a UUID, is expected");
  if (caller.role !== "service_role" && caller.userId !== id.toLowerCase()) {
    throw new Refusal(403, "forbidden", "this token asks for its own user only");
  }
  return id.toLowerCase();
}

/** What Deno.serve says of a request beside it. */
interface Info {
  readonly remoteAddr: Deno.Addr;
}
export type Handler = (request: Request, info?: Info) => Promise<Response>;

/** A handler of POST requests, for Deno.serve. */
export function handler(work: (body: Body, caller: Caller) => Promise<unknown>): Handler {
  return async (request, info) => {
    try {
      if (request.method === "OPTIONS") return new Response(null, { status: 204, headers: HEADERS });
      if (request.method !== "POST") throw new Refusal(405, "method", "POST is expected");
      const caller = await callerOf(request, info && "hostname" in info.remoteAddr ? info.remoteAddr.hostname : undefined);
      return answer(200, await work(await bodyOf(request), caller));
    } catch (error) {
      if (error instanceof Refusal) return answer(error.status, { error: { code: error.code, message: error.message } });
      console.error(error instanceof Error ? error.message : error);
      return answer(500, { error: { code: "internal", message: "the function failed; its log says why" } });
    }
  };
}
