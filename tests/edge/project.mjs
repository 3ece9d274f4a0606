// SPDX-License-Identifier: MIT
// A project and its callers, for the checks of the edge functions' keys and tokens: callerOf of the functions
// themselves (process.argv[2] is their folder), by a clock that the test sets, with a server in the place of the
// project's gateway: its public keys, its RPC, and whether it takes legacy keys.
import { Buffer } from "node:buffer";
import { createHmac } from "node:crypto";
import process from "node:process";
import { pathToFileURL } from "node:url";

const shared = pathToFileURL(`${process.argv[2]}/_shared`).href;
const { callerOf, projectOf } = await import(`${shared}/caller.ts`);
export const { rpc } = await import(`${shared}/database.ts`);

let count = 0;
export const logged = [];
console.error = (...words) => logged.push(words.join(" "));
export function check(name, passed, said) {
  count++;
  console.log(`${passed ? "ok" : "not ok"} ${count} - ${name}`);
  if (!passed && said !== undefined) console.log(`# ${JSON.stringify(said)}`);
}

// ---- The project ------------------------------------------------------------------------------------
export const gateway = {
  keys: [],
  readings: 0,
  down: false,
  legacy: true,
  asked: 0,
  last: null,
  says: null,
  wasRead: () => {},
};
const DISABLED = {
  message: "Legacy API keys are disabled",
  hint: "Re-enable them, or use publishable and secret keys",
};
function serve(request) {
  const { pathname } = new URL(request.url);
  gateway.last = Object.fromEntries(request.headers);
  if (pathname === "/auth/v1/.well-known/jwks.json") {
    gateway.readings++;
    gateway.wasRead();
    return Response.json({ keys: gateway.keys }, { status: gateway.down ? 503 : 200 });
  }
  gateway.asked++;
  if (gateway.down) return new Response("down", { status: 503 });
  if (gateway.last.apikey?.split(".").length === 3 && !gateway.legacy) return Response.json(DISABLED, { status: 401 });
  return gateway.says ? Response.json(gateway.says, { status: 400 }) : Response.json({ fine: true });
}
const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, serve);
export const url = `http://127.0.0.1:${server.addr.port}`;
export const SECRET = "a-secret-of-these-tests-of-at-least-32-bytes";
export const KEY = "sb_secret_the-first-of-the-project",
  OTHER = "sb_secret_of-the-nightly-job",
  SINGLE = "sb_secret_alone";
const user = "7a1c9f0e-0000-4000-8000-00000000abcd";

const NAMES = [
  "SUPABASE_URL",
  "SUPABASE_SECRET_KEYS",
  "SUPABASE_SECRET_KEY",
  "SUPABASE_SERVICE_ROLE_KEY",
  "SUPABASE_SERVICE_KEY",
  "SUPABASE_JWKS",
  "JWT_SECRET",
  "TWOTOWER_JWT_ISSUER",
  "TWOTOWER_OPEN_TO_ALL",
  "VERIFY_JWT",
];
let clock = 1_800_000_000_000, project;
export function wait(milliseconds) {
  clock += milliseconds;
}
/** Another process: its environment, nothing known of the project. */
export function start(variables = {}) {
  for (const name of NAMES) Deno.env.delete(name);
  const all = {
    SUPABASE_URL: url,
    SUPABASE_SECRET_KEYS: JSON.stringify({ nightly: OTHER, default: KEY }),
    ...variables,
  };
  for (const [name, value] of Object.entries(all)) if (value !== undefined) Deno.env.set(name, value);
  project = projectOf(() => clock);
}

// ---- Tokens -----------------------------------------------------------------------------------------
export const encode = (value) =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
export const seconds = () => Math.floor(clock / 1000);
const ALGORITHMS = {
  ES256: [{ name: "ECDSA", namedCurve: "P-256" }, { name: "ECDSA", hash: "SHA-256" }],
  ES384: [{ name: "ECDSA", namedCurve: "P-384" }, { name: "ECDSA", hash: "SHA-384" }],
  RS256: [rsa("RSASSA-PKCS1-v1_5", 2048), { name: "RSASSA-PKCS1-v1_5" }],
  PS256: [rsa("RSA-PSS", 2048), { name: "RSA-PSS", saltLength: 32 }],
  EdDSA: [{ name: "Ed25519" }, { name: "Ed25519" }],
};
export function rsa(name, modulusLength) {
  return { name, modulusLength, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" };
}
export async function pair(alg, kid, made = ALGORITHMS[alg][0]) {
  const { privateKey, publicKey } = await crypto.subtle.generateKey(made, true, ["sign", "verify"]);
  const jwk = await crypto.subtle.exportKey("jwk", publicKey);
  return { alg, kid, privateKey, jwk: { ...jwk, kid, alg, use: "sig", key_ops: ["verify"] } };
}
export const good = () => ({
  role: "authenticated",
  sub: user,
  aud: "authenticated",
  iss: `${url}/auth/v1`,
  exp: seconds() + 600,
  iat: seconds(),
});
export async function signed(key, claims = {}, head = {}) {
  const text = `${encode({ alg: key.alg, typ: "JWT", kid: key.kid, ...head })}.${encode({ ...good(), ...claims })}`;
  const signature = await crypto.subtle.sign(ALGORITHMS[key.alg][1], key.privateKey, new TextEncoder().encode(text));
  return `${text}.${Buffer.from(signature).toString("base64url")}`;
}
export function hmac(claims = {}, { secret = SECRET, head = {}, digest = "sha256" } = {}) {
  const text = `${encode({ alg: "HS256", typ: "JWT", ...head })}.${encode(claims)}`;
  return `${text}.${createHmac(digest, secret).update(text).digest("base64url")}`;
}

export async function ask({ token, apikey, scheme = "Bearer", at = "http://127.0.0.1/embed-user", peer } = {}) {
  const headers = {};
  if (token !== undefined) headers.authorization = `${scheme} ${token}`;
  if (apikey !== undefined) headers.apikey = apikey;
  try {
    return await callerOf(new Request(at, { method: "POST", headers }), peer, project);
  } catch (error) {
    return { status: error.status, code: error.code, message: error.message };
  }
}
export const isUser = (caller) => caller.role === "authenticated" && caller.userId === user;
export const isService = (caller) => caller.role === "service_role" && caller.userId === null;
export const said = [];
export async function refused(name, given, status, words) {
  const answer = await ask(given);
  said.push(answer.message ?? "");
  check(name, answer.status === status && words.test(answer.message), answer);
}
export async function accepted(name, given, is = isUser) {
  const answer = await ask(given);
  check(name, is(answer), answer);
}

export async function finish() {
  console.log(`1..${count}`);
  await server.shutdown();
}

/** What a refusal says. */
export const NO_KEY = /a key that the project does not have/, NOT_SIGNED = /not signed by this project/;
export const IS_NONE = /the token is none/;
export const MINUTE = 60_000;
