// SPDX-License-Identifier: MIT
/** A user's embedding: features by RPC, the model of the current release, the bits of `twotower embed users`. */
import { rpc } from "./database.ts";
import { Refusal } from "./refusal.ts";
import { settings } from "./settings.ts";
import { ArtifactCache, TwoTowerError } from "./twotower/twotower.ts";
import type { Loaded, UserRow } from "./twotower/twotower.ts";

/** `same`: these features are embedded already.  `no_history`: too few likes, nothing is written. */
export interface UserEmbedding {
  user_id: string;
  status: "written" | "same" | "no_history";
  model_version: string;
  input_digest: string | null;
  dim: number;
}

let models: ArtifactCache | undefined;

async function currentModel(): Promise<Loaded> {
  models ??= new ArtifactCache(settings.artifactBaseUrl, {
    publicKeys: settings.publicKeys,
    unreleased: settings.unreleased,
    environment: settings.environment,
    towers: "user",
    every: settings.revalidateSeconds * 1000,
    onError: (error) => console.error(`the model is kept: ${error instanceof Error ? error.message : error}`),
  });
  try {
    return await models.get();
  } catch (error) {
    if (!(error instanceof TwoTowerError)) throw error;
    console.error(error.message);
    throw new Refusal(503, "model", "the model cannot be loaded; the log says why");
  }
}

/** The features that are embedded, or null where the model makes nothing of them. */
function inferUserEmbedding({ model }: Loaded, features: UserRow): { vector: number[]; digest: string } | null {
  try {
    const { data, digests } = model.embed("user", [features]);
    return { vector: Array.from(data), digest: digests[0]! };
  } catch (error) {
    if (error instanceof TwoTowerError && error.code === "nonfinite") return null;
    throw error;
  }
}

const NOBODY = "00000000-0000-0000-0000-000000000000";
const EXAMPLE: UserRow = { liked: [{ id: NOBODY, tags: [""], performers: [""], maker: "" }], numerics: { like_ratio: 1 } };

/** What the first request would wait for: the model, a connection to the database, code that is compiled when it first runs. */
export function warmUp(): void {
  const asked = rpc("get_user_embedding_features", { user_id: NOBODY }).catch(() => null); // a request says what is wrong
  Promise.all([currentModel(), asked]).then(([loaded]) => inferUserEmbedding(loaded, EXAMPLE))
    .catch((error) => console.error(error instanceof Error ? error.message : error));
}

/** Embeds a user and writes the vector where it is new, or `force` says so. */
export async function computeUserEmbedding(userId: string, force: boolean): Promise<UserEmbedding> {
  const [loaded, features] = await Promise.all([
    currentModel(),
    rpc<UserRow | null>("get_user_embedding_features", { user_id: userId }),
  ]);
  const made = (features?.liked?.length ?? 0) >= Math.max(1, settings.minLikes) ? inferUserEmbedding(loaded, features!) : null;
  const status = made
    ? await rpc<"written" | "same">("save_user_embedding", {
      user_id: userId,
      model_version: loaded.runId,
      embedding: made.vector,
      input_digest: made.digest,
      force,
    })
    : "no_history";
  return { user_id: userId, status, model_version: loaded.runId, input_digest: made?.digest ?? null, dim: loaded.model.dim };
}
