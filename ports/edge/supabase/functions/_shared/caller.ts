// SPDX-License-Identifier: MIT
/** Who asks: the project's tokens, JWT with HS256 by its secret or ES256 by its keys (RFC 7515, RFC 7519). */
import { Refusal } from "./refusal.ts";
import { settings } from "./settings.ts";

export interface Caller {
  readonly role: "service_role" | "authenticated";
  /** Null for a service. */
  readonly userId: string | null;
}

const SERVICE: Caller = { role: "service_role", userId: null };
const LEEWAY = 5; // seconds by which clocks may differ
const KEYS_STAY = 10000; // milliseconds
const encoder = new TextEncoder();

function refuse(why: string): never {
  throw new Refusal(401, "unauthorized", why);
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) refuse("the token is none");
  return Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
}

function json(part: string): Record<string, unknown> {
  try {
    const value = JSON.parse(new TextDecoder().decode(fromBase64Url(part)));
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // said below
  }
  return refuse("the token is none");
}

let secretKey: { secret: string; key: Promise<CryptoKey> } | undefined;

function keyOfSecret(secret: string): Promise<CryptoKey> {
  if (secretKey?.secret !== secret) {
    secretKey = { secret, key: crypto.subtle.importKey("raw", encoder.encode(secret), { name: "HMAC", hash: "SHA-256" }, false, ["verify"]) };
  }
  return secretKey.key;
}

let projectKeys: { keys: Map<string, CryptoKey>; at: number } | undefined;

/** The project's public keys on P-256 (RFC 7517). */
async function readProjectKeys(): Promise<Map<string, CryptoKey>> {
  try {
    const response = await fetch(`${settings.supabaseUrl}/auth/v1/.well-known/jwks.json`, { signal: AbortSignal.timeout(5000) });
    const { keys } = await response.json() as { keys: (JsonWebKey & { kid?: string })[] };
    const curve = { name: "ECDSA", namedCurve: "P-256" };
    const usable = keys.filter(({ kty, crv, kid }) => kty === "EC" && crv === "P-256" && kid);
    return new Map(await Promise.all(usable.map(async ({ kty, crv, x, y, kid }): Promise<[string, CryptoKey]> =>
      [kid!, await crypto.subtle.importKey("jwk", { kty, crv, x, y }, curve, false, ["verify"])])));
  } catch {
    throw new Refusal(503, "keys", "the project's keys cannot be read");
  }
}

/** A key of the project; keys that are not known are looked up at most once in a while. */
async function projectKey(id: unknown): Promise<CryptoKey | undefined> {
  if (typeof id !== "string") return undefined;
  if (!projectKeys || (!projectKeys.keys.has(id) && Date.now() - projectKeys.at > KEYS_STAY)) {
    projectKeys = { keys: await readProjectKeys(), at: Date.now() };
  }
  return projectKeys.keys.get(id);
}

async function isSigned(head: Record<string, unknown>, text: Uint8Array<ArrayBuffer>, signature: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const { jwtSecret } = settings;
  if (head.alg === "HS256" && jwtSecret) {
    return await crypto.subtle.verify("HMAC", await keyOfSecret(jwtSecret), signature, text);
  } else if (head.alg === "ES256") {
    const key = await projectKey(head.kid);
    return key !== undefined && await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, signature, text);
  }
  return refuse("the token is signed with another algorithm than this project's");
}

/** Equal, in a time that does not tell where they differ. */
function equal(left: string, right: string): boolean {
  let differs = left.length ^ right.length;
  for (let i = 0; i < left.length; i++) differs |= left.charCodeAt(i) ^ right.charCodeAt(i % (right.length || 1));
  return differs === 0;
}

async function claimsOf(token: string): Promise<Record<string, unknown>> {
  const parts = token.split(".");
  if (parts.length !== 3) refuse("the token is none");
  const [head, body, signature] = parts as [string, string, string];
  if (!(await isSigned(json(head), encoder.encode(`${head}.${body}`), fromBase64Url(signature)))) {
    refuse("the token was not signed by this project");
  }
  const claims = json(body), now = Date.now() / 1000;
  if (typeof claims.exp !== "number" || claims.exp + LEEWAY < now) refuse("the token has ended");
  if (typeof claims.nbf === "number" && claims.nbf - LEEWAY > now) refuse("the token has not begun");
  return claims;
}

/** The caller of a request: 401 without a good token, 403 for one that is of no user. */
export async function callerOf(request: Request): Promise<Caller> {
  const [, token] = /^Bearer +(\S+)$/i.exec(request.headers.get("authorization") ?? "") ?? [];
  if (!token) return settings.openToAll ? SERVICE : refuse("a token is expected: Authorization: Bearer ...");
  if (equal(token, settings.serviceKey)) return SERVICE;
  const { role, sub } = await claimsOf(token);
  if (role === "service_role") return SERVICE;
  if (role !== "authenticated" || typeof sub !== "string" || !sub) {
    throw new Refusal(403, "forbidden", "the token of a user is expected");
  }
  return { role, userId: sub.toLowerCase() };
}
