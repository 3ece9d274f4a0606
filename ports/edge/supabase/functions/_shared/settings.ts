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

/** This machine itself: names that a network gives to others are not among it. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

/** The keys of a JSON object by name, `default` first. */
function namedKeys(name: string): string[] {
  const given = text(name);
  if (!given) return [];
  try {
    const { default: first, ...others } = JSON.parse(given);
    const keys = [first, ...Object.values(others)].filter((key) => key !== undefined);
    if (keys.every((key) => typeof key === "string" && key)) return keys;
  } catch {
    // said below, without the text, which is a secret
  }
  throw new Error(`${name}: a JSON object of keys by name is expected`);
}

export const settings = {
  get supabaseUrl(): string {
    return need("SUPABASE_URL").replace(/\/+$/, "");
  },
  /** The project's secret keys; the first is the functions' own. */
  get secretKeys(): string[] {
    const named = namedKeys("SUPABASE_SECRET_KEYS"), one = text("SUPABASE_SECRET_KEY");
    return one && !named.includes(one) ? [...named, one] : named;
  },
  /** What stood for them before: tokens, which a project can have disabled. */
  get legacyKeys(): string[] {
    return ["SUPABASE_SERVICE_ROLE_KEY", "SUPABASE_SERVICE_KEY"].map((name) => text(name)).filter((key) => key !== undefined);
  },
  /** What the functions themselves ask with. */
  get serviceKey(): string {
    return this.secretKeys[0] ?? this.legacyKeys[0] ?? missing("SUPABASE_SECRET_KEYS or SUPABASE_SECRET_KEY");
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
  /** The project's public keys, as it says them to its functions. */
  get publicKeySet(): string | undefined {
    return text("SUPABASE_JWKS");
  },
  /** What users' tokens name as their issuer. */
  get issuer(): string {
    return text("TWOTOWER_JWT_ISSUER") ?? `${this.supabaseUrl}/auth/v1`;
  },
  /** Only where the project is on this machine: requests without a token are those of a service. */
  get openToAll(): boolean {
    return text("TWOTOWER_OPEN_TO_ALL") === "true" && isLoopback(new URL(this.supabaseUrl).hostname);
  },
};
