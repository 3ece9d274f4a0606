// SPDX-License-Identifier: MIT
/** A user's embedding: features by RPC, the model of the current release, the bits of `twotower embed users`. */
import { rpc } from "./database.ts";
import { Refusal } from "./refusal.ts";
import { settings } from "./settings.ts";
import { ArtifactCache, TwoTowerError } from "./twotower/twotower.ts";
import type { Counts, Loaded, UserRow } from "./twotower/twotower.ts";

/** `same`: these features are embedded already.  `no_history`: too few likes, nothing is written.  `counts`: the tokens
 * and names that the model knows and does not know; of `no_history` null. */
export interface UserEmbedding {
  user_id: string;
  status: "written" | "same" | "no_history";
  model_version: string;
  input_digest: string | null;
  dim: number;
  counts: Counts | null;
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

interface Inferred {
  vector: number[];
  digest: string;
  counts: Counts;
}

/** The features that are embedded, or null where the model makes nothing of them. */
function inferUserEmbedding({ model }: Loaded, features: UserRow, strict: boolean): Inferred | null {
  try {
    const { data, digests, counts } = model.embed("user", [features], { strict });
    return { vector: Array.from(data), digest: digests[0]!, counts };
  } catch (error) {
    if (error instanceof TwoTowerError && error.code === "field") throw new Refusal(422, "field", error.message);
    if (error instanceof TwoTowerError && error.code === "nonfinite") return null;
    throw error;
  }
}

const NOBODY = "00000000-0000-0000-0000-000000000000";
const EXAMPLE: UserRow = { liked: [{ id: NOBODY, tags: [""], performers: [""], maker: "" }], numerics: { like_ratio: 1 } };

/** What the first request would wait for: the model, a connection to the database, code that is compiled when it first runs. */
export function warmUp(): void {
  const asked = rpc("get_user_embedding_features", { user_id: NOBODY }).catch(() => null); // a request says what is wrong
  Promise.all([currentModel(), asked]).then(([loaded]) => inferUserEmbedding(loaded, EXAMPLE, false))
    .catch((error) => console.error(error instanceof Error ? error.message : error));
}

/** Says what a database and a model that do not fit together do to an embedding. */
function warnOfCounts(userId: string, { tokens_unknown, fields_unknown, rows_unknown }: Counts): void {
  if (fields_unknown === 0 && rows_unknown === 0) return;
  console.warn(`user ${userId}: the model knows ${rows_unknown ? "nothing" : "a part"} of this user: ` +
    `${fields_unknown} names and ${tokens_unknown} tokens are unknown`);
}

/** Embeds a user and writes the vector where it is new, or `force` says so; `strict` refuses names that the model does not have. */
export async function computeUserEmbedding(userId: string, force: boolean, strict: boolean): Promise<UserEmbedding> {
  const [loaded, features] = await Promise.all([
    currentModel(),
    rpc<UserRow | null>("get_user_embedding_features", { user_id: userId }),
  ]);
  const made = (features?.liked?.length ?? 0) >= Math.max(1, settings.minLikes) ? inferUserEmbedding(loaded, features!, strict) : null;
  if (made) warnOfCounts(userId, made.counts);
  const status = made
    ? await rpc<"written" | "same">("save_user_embedding", {
      user_id: userId,
      model_version: loaded.runId,
      embedding: made.vector,
      input_digest: made.digest,
      force,
    })
    : "no_history";
  return {
    user_id: userId,
    status,
    model_version: loaded.runId,
    input_digest: made?.digest ?? null,
    dim: loaded.model.dim,
    counts: made?.counts ?? null,
  };
}
