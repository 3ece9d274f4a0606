// SPDX-License-Identifier: MIT
/** What the environment of the functions says. */

function text(...names: string[]): string | undefined {
  for (const name of names) {
    const value = Deno.env.get(name)?.trim();
    if (value) return value;
  }
  return undefined;
}

/** A value without which less is checked: where it is set, it says something. */
function guard(name: string): string | undefined {
  return text(name) ?? (Deno.env.get(name) === undefined ? undefined : missing(`${name} is there, and empty: its value`));
}

function need(...names: string[]): string {
  return text(...names) ?? missing(names.join(" or "));
}

function missing(what: string): never {
  throw new Error(`${what} is not set`);
}

function count(name: string, otherwise: number): number {
  const value = Number(text(name) ?? otherwise);
  return Number.isFinite(value) && value >= 0 ? value : missing(`${name}, a number,`);
}

const LOCAL = new Set(["127.0.0.1", "localhost", "[::1]", "kong", "host.docker.internal"]);

export const settings = {
  get supabaseUrl(): string {
    return need("SUPABASE_URL").replace(/\/+$/, "");
  },
  get serviceKey(): string {
    return need("SUPABASE_SERVICE_ROLE_KEY", "SUPABASE_SERVICE_KEY");
  },
  get artifactBaseUrl(): string {
    return need("MODEL_ARTIFACT_BASE_URL");
  },
  /** Also a run folder that is merely served, which no release names. */
  get unreleased(): boolean {
    return text("MODEL_UNRELEASED") === "true";
  },
  /** Pinned keys; a release that none of them signed is refused. */
  get publicKeys(): string | undefined {
    return guard("TWOTOWER_PUBLIC_KEYS");
  },
  get environment(): "production" | "staging" {
    const name = guard("TWOTOWER_ENVIRONMENT") ?? "production";
    return name === "production" || name === "staging" ? name : missing("TWOTOWER_ENVIRONMENT, production or staging,");
  },
  /** Seconds for which a model is used before the pointer is read again. */
  get revalidateSeconds(): number {
    return count("MODEL_REVALIDATE_SECONDS", 60);
  },
  /** Likes that a user must have to get an embedding. */
  get minLikes(): number {
    return count("EMBED_MIN_LIKES", 1);
  },
  /** The secret of the project's tokens, where they are signed with one (HS256). */
  get jwtSecret(): string | undefined {
    return text("JWT_SECRET");
  },
  /** Only on a local stack: requests without a token are those of a service. */
  get openToAll(): boolean {
    return text("VERIFY_JWT") === "false" && LOCAL.has(new URL(this.supabaseUrl).hostname);
  },
};
