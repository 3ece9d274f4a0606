// SPDX-License-Identifier: MIT
/** Who asks: a service by a secret key, or a user by a token. */
import { legacyKeysWork } from "./database.ts";
import { KeySet } from "./key_set.ts";
import { Refusal } from "./refusal.ts";
import { isLoopback, settings } from "./settings.ts";
import { claimsOf, refuse } from "./token.ts";
import type { Project } from "./token.ts";

export interface Caller {
  readonly role: "service_role" | "authenticated";
  /** Null for a service. */
  readonly userId: string | null;
}

const SERVICE: Caller = { role: "service_role", userId: null };
const encoder = new TextEncoder();

/** The project of the environment, by a clock. */
export function projectOf(now: () => number): Project {
  const keys = new KeySet(() => `${settings.supabaseUrl}/auth/v1/.well-known/jwks.json`, settings.publicKeySet, now);
  return {
    keys,
    now,
    get secret() {
      return settings.jwtSecret;
    },
    get issuer() {
      return settings.issuer;
    },
  };
}

let current: Project | undefined;

/** Is it one of these?  The time tells neither which nor where they differ. */
async function isAmong(keys: readonly string[], given: string): Promise<boolean> {
  const digest = async (text: string) => new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(text)));
  const wanted = await digest(given);
  let found = 0;
  for (const key of keys) {
    const differs = (await digest(key)).reduce((sum, byte, i) => sum | (byte ^ wanted[i]!), 0);
    found |= Number(differs === 0);
  }
  return found === 1;
}

/** Where there are new keys, the legacy ones count for as long as the project takes them. */
async function legacyCaller(key: string, { now }: Project): Promise<Caller> {
  if (settings.secretKeys.length && !(await legacyKeysWork(key, now()))) {
    refuse("the legacy keys of this project are disabled: send a secret key (sb_secret_...) in the apikey header");
  }
  return SERVICE;
}

async function callerOfToken(token: string, project: Project): Promise<Caller> {
  if (/^sb_/.test(token)) {
    refuse("this is no secret key of the project, and a publishable one names no user: send the token of a user");
  }
  const { claims: { role, sub }, alg } = await claimsOf(token, project);
  if (role === "service_role") return alg === "HS256" ? await legacyCaller(token, project) : SERVICE;
  if (role !== "authenticated" || typeof sub !== "string" || !sub) {
    throw new Refusal(403, "forbidden", "the token of a user is expected");
  }
  return { role, userId: sub.toLowerCase() };
}

/** Open to all is only what this machine asks itself. */
function isOpen(request: Request, peer: string | undefined): boolean {
  return settings.openToAll && isLoopback(new URL(request.url).hostname) && (peer === undefined || isLoopback(peer));
}

/**
 * The caller of a request: 401 without a good key or token, 403 for one that is of no user.  `peer` is the address that
 * asks, where it is known.
 */
export async function callerOf(
  request: Request,
  peer?: string,
  project: Project = current ??= projectOf(Date.now),
): Promise<Caller> {
  const [, token] = /^Bearer +(\S+)$/i.exec(request.headers.get("authorization") ?? "") ?? [];
  const given = token ?? request.headers.get("apikey")?.trim();
  if (!given) {
    if (isOpen(request, peer)) return SERVICE;
    refuse("a secret key is expected (apikey: sb_secret_...), or a user's token (Authorization: Bearer ...)");
  }
  if (await isAmong(settings.secretKeys, given)) return SERVICE;
  if (await isAmong(settings.legacyKeys, given)) return await legacyCaller(given, project);
  return await callerOfToken(given, project);
}
