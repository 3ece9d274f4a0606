// SPDX-License-Identifier: MIT
/** The project's tokens: JWT by its keys, or with HS256 by its secret (RFC 7515, RFC 7519). */
import { isKeyAlgorithm } from "./key_set.ts";
import type { KeySet } from "./key_set.ts";
import { Refusal } from "./refusal.ts";

export type Claims = Readonly<Record<string, unknown>>;

/** What tokens are held against. */
export interface Project {
  readonly keys: KeySet;
  /** Of HS256; undefined: such tokens do not count. */
  readonly secret: string | undefined;
  /** Who issues the tokens of users. */
  readonly issuer: string;
  readonly now: () => number; // milliseconds
}

const LEEWAY = 5; // seconds by which clocks may differ
const AUDIENCE = "authenticated";
/** Of the keys that a project or its local stack was made with, which are tokens of a service. */
const KEY_ISSUERS = ["supabase", "supabase-demo"];
const encoder = new TextEncoder();

export function refuse(why: string): never {
  throw new Refusal(401, "unauthorized", why);
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) refuse("the token is none");
  return Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
}

function json(part: string): Claims {
  try {
    const value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(fromBase64Url(part)));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch {
    // said below
  }
  return refuse("the token is none");
}

async function isSigned(head: Claims, text: BufferSource, signature: BufferSource, { keys, secret }: Project): Promise<boolean> {
  if (head.crit !== undefined) refuse("the token wants an extension (crit) to be understood, and none is");
  if (isKeyAlgorithm(head.alg)) {
    const found = typeof head.kid === "string" ? await keys.find(head.kid) : undefined;
    if (!found) refuse("the token was signed with a key that the project does not have, or no longer has");
    return found.alg === head.alg && await crypto.subtle.verify(found.signature, found.key, signature, text);
  }
  if (head.alg !== "HS256") refuse("the token is signed with another algorithm than this project's");
  if (!secret) {
    refuse(
      "tokens of HS256, the legacy keys among them, do not count here: send a secret key (sb_secret_...) " +
        "in the apikey header, or the token of a user; JWT_SECRET lets them count",
    );
  }
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
  return await crypto.subtle.verify("HMAC", key, signature, text);
}

function checkTimes({ exp, nbf }: Claims, now: number): void {
  if (typeof exp !== "number" || !(exp + LEEWAY >= now)) refuse("the token has ended");
  if (nbf !== undefined && !(typeof nbf === "number" && nbf - LEEWAY <= now)) refuse("the token has not begun");
}

/** Users' tokens say both; the keys of a service need not, and say nothing else. */
function checkOrigin({ role, iss, aud }: Claims, issuer: string): void {
  const isService = role === "service_role";
  const audiences = Array.isArray(aud) ? aud : [aud];
  if (!audiences.includes(AUDIENCE) && !(isService && aud === undefined)) refuse("the token is for somebody else (aud)");
  const known = isService ? [issuer, ...KEY_ISSUERS] : [issuer];
  if (!known.includes(iss as string) && !(isService && iss === undefined)) {
    refuse(`the token was issued by somebody else (iss); ${issuer} is expected, or what TWOTOWER_JWT_ISSUER says`);
  }
}

/** What a token says, once signature, times, issuer and audience hold; 401 else. */
export async function claimsOf(token: string, project: Project): Promise<{ claims: Claims; alg: string }> {
  const parts = token.split(".");
  if (parts.length !== 3) refuse("the token is none");
  const [first, body, signature] = parts as [string, string, string];
  const head = json(first);
  if (!(await isSigned(head, encoder.encode(`${first}.${body}`), fromBase64Url(signature), project))) {
    refuse("the token was not signed by this project");
  }
  const claims = json(body);
  checkTimes(claims, project.now() / 1000);
  if (claims.role === "authenticated" || claims.role === "service_role") checkOrigin(claims, project.issuer);
  return { claims, alg: head.alg as string };
}
