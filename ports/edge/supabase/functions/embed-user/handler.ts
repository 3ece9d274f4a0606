// SPDX-License-Identifier: MIT
/** POST {"user_id": "<UUID>", "force": true, "strict": true}: embeds one user. */
import { handler, userOf } from "../_shared/http.ts";
import { Refusal } from "../_shared/refusal.ts";
import { computeUserEmbedding } from "../_shared/user_embedding.ts";

export const embedUserRequest = handler(async (body, caller) => {
  const { force = false, strict = false } = body;
  if (typeof force !== "boolean") throw new Refusal(400, "force", "force, true or false, is expected");
  if (typeof strict !== "boolean") throw new Refusal(400, "strict", "strict, true or false, is expected");
  return await computeUserEmbedding(userOf(body, caller), force, strict);
});
