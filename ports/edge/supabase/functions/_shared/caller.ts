// SPDX-License-Identifier: MIT
/** Who asks: the project's tokens, JWT with HS256 (RFC 7515, RFC 7519). */
import { Refusal } from "./refusal.ts";
import { settings } from "./settings.ts";

export interface Caller {
  readonly role: "service_role" | "authenticated";
  /** Null for a service. */
  readonly userId: string | null;
}

const SERVICE: Caller = { role: "service_role", userId: null };
const LEEWAY = 5; // seconds by which clocks may differ
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

let kept: { secret: string; key: Promise<CryptoKey> } | undefined;

function keyOf(secret: string): Promise<CryptoKey> {
  if (kept?.secret !== secret) {
    kept = { secret, key: crypto.subtle.importKey("raw", encoder.encode(secret), { name: "HMAC", hash: "SHA-256" }, false, ["verify"]) };
  }
  return kept.key;
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
  if (json(head).alg !== "HS256") refuse("the token is not signed with HS256");
  const key = await keyOf(settings.jwtSecret);
  if (!(await crypto.subtle.verify("HMAC", key, fromBase64Url(signature), encoder.encode(`${head}.${body}`)))) {
    refuse("the token was not signed with this project's secret");
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
