// SPDX-License-Identifier: MIT
/** POST {"user_id": "<UUID>", "limit": 20}: what one user has not seen, best first. */
import { rpc } from "../_shared/database.ts";
import { handler, userOf } from "../_shared/http.ts";
import { Refusal } from "../_shared/refusal.ts";
import { computeUserEmbedding } from "../_shared/user_embedding.ts";

interface Recommended {
  video_id: string;
  /** The cosine, the number of likes, or 0. */
  score: number;
  source: "embedding" | "popular" | "newest";
  model_version: string | null;
}

const MOST = 1000;

/** What the user did since goes into the embedding first.  Where that fails, the one that is stored serves. */
async function refresh(userId: string): Promise<string> {
  try {
    return (await computeUserEmbedding(userId, false, false)).status;
  } catch (error) {
    if (error instanceof Refusal && error.code !== "user") return "failed";
    throw error;
  }
}

export const recommendRequest = handler(async (body, caller) => {
  const limit = body.limit ?? 20;
  if (typeof limit !== "number" || !Number.isInteger(limit) || limit < 1 || limit > MOST) {
    throw new Refusal(400, "limit", `limit, a whole number of 1 to ${MOST}, is expected`);
  }
  const userId = userOf(body, caller);
  const embedding = await refresh(userId);
  const rows = await rpc<Recommended[]>("recommend_videos", { user_id: userId, limit });
  return {
    user_id: userId,
    embedding,
    model_version: rows[0]?.model_version ?? null,
    items: rows.map(({ video_id, score, source }) => ({ video_id, score, source })),
  };
});
