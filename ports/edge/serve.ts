// SPDX-License-Identifier: MIT
/**
 * Both functions on this machine, where `supabase functions serve` cannot run for want of Docker:
 *     deno run --allow-env --allow-net serve.ts
 * under http://127.0.0.1:54321/functions/v1/ (PORT), until it is ended.
 */
import { recommendRequest } from "./supabase/functions/ai-recommend-v5/handler.ts";
import type { Handler } from "./supabase/functions/_shared/http.ts";
import { embedUserRequest } from "./supabase/functions/embed-user/handler.ts";

const functions: Record<string, Handler> = {
  "/functions/v1/embed-user": embedUserRequest,
  "/functions/v1/ai-recommend-v5": recommendRequest,
};
const port = Number(Deno.env.get("PORT") ?? 54321);

Deno.serve({ hostname: "127.0.0.1", port }, (request, info) => {
  const work = functions[new URL(request.url).pathname];
  return work ? work(request, info) : Response.json({ error: { code: "path", message: "there is no such function" } }, { status: 404 });
});
