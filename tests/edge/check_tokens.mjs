// SPDX-License-Identifier: MIT
// Users' tokens at an edge function, in TAP, under deno: check_tokens.mjs FUNCTIONS.
import {
  accepted,
  ask,
  check,
  encode,
  finish,
  gateway,
  good,
  hmac,
  IS_NONE,
  isService,
  logged,
  MINUTE,
  NO_KEY,
  NOT_SIGNED,
  pair,
  refused,
  rsa,
  said,
  seconds,
  SECRET,
  signed,
  start,
  url,
  wait,
} from "./project.mjs";

const es = await pair("ES256", "es"), rs = await pair("RS256", "rs"), ed = await pair("EdDSA", "ed");
const stray = await pair("ES256", "es"), weak = await pair("RS256", "weak", rsa("RSASSA-PKCS1-v1_5", 1024));
const es384 = await pair("ES384", "es384"), ps = await pair("PS256", "ps");
const forEncryption = await pair("ES256", "enc"),
  forSigning = await pair("ES256", "ops"),
  mislabelled = await pair("RS256", "label");
Object.assign(forEncryption.jwk, { use: "enc" });
Object.assign(forSigning.jwk, { key_ops: ["sign"] });
Object.assign(mislabelled.jwk, { alg: "RS512" });
const broken = { kty: "EC", crv: "P-256", x: "AA", y: "AA", kid: "broken" };
const everything = [
  broken,
  null,
  { kty: "oct", k: encode(SECRET), kid: "oct" },
  { ...es.jwk, kid: undefined },
  weak.jwk,
  es384.jwk,
  ps.jwk,
  forEncryption.jwk,
  forSigning.jwk,
  mislabelled.jwk,
  es.jwk,
  rs.jwk,
  ed.jwk,
];
gateway.keys = everything;

// ---- Each algorithm ---------------------------------------------------------------------------------
start();
for (const key of [es, rs, ed]) await accepted(`a user's token of ${key.alg}`, { token: await signed(key) });
check("one reading of the keys was enough", gateway.readings === 1, gateway.readings);
await accepted("the word Bearer in another case", { token: await signed(es), scheme: "bearer" });
await accepted("in apikey alone", { apikey: await signed(es) });
await accepted("an audience among several", { token: await signed(es, { aud: ["other", "authenticated"] }) });
await accepted("a service by a key of the project", { token: await signed(es, { role: "service_role" }) }, isService);
await refused("a token of no user", { token: await signed(es, { role: "anon" }) }, 403, /token of a user/);
await refused("a user without an id", { token: await signed(es, { sub: "" }) }, 403, /token of a user/);
await refused("a user whose id is no text", { token: await signed(es, { sub: 7 }) }, 403, /token of a user/);

// ---- Algorithms that are none, or another's ---------------------------------------------------------
const OTHER_ALGORITHM = /another algorithm/;
await refused("another key of that name", { token: await signed(stray) }, 401, NOT_SIGNED);
await refused("a key that nobody knows", { token: await signed({ ...es, kid: "nobody" }) }, 401, NO_KEY);
await refused("no key named", { token: await signed(es, {}, { kid: undefined }) }, 401, NO_KEY);
await refused("a name that is no text", { token: await signed(es, {}, { kid: ["es"] }) }, 401, NO_KEY);
await refused("a name of the language", { token: await signed(es, {}, { kid: "__proto__" }) }, 401, NO_KEY);
for (const key of [weak, forEncryption, forSigning, mislabelled]) {
  await refused(`a key that is of no use: ${key.kid}`, { token: await signed(key) }, 401, NO_KEY);
}
for (const key of [es384, ps]) {
  await refused(`${key.alg} is not used`, { token: await signed(key) }, 401, OTHER_ALGORITHM);
}
for (const [alg, kid] of [["RS256", "es"], ["EdDSA", "es"], ["ES256", "rs"], ["ES256", "ed"]]) {
  await refused(
    `${alg} said of key ${kid}`,
    { token: await signed({ es, rs, ed }[kid], {}, { alg }) },
    401,
    NOT_SIGNED,
  );
}
for (const alg of ["none", "None", "NONE", "", undefined, null, 7, ["ES256"], "es256", "HS384", "HS512", "toString"]) {
  const text = `${encode({ alg, kid: "es" })}.${encode(good())}.`;
  await refused(`algorithm ${JSON.stringify(alg)}`, { token: text }, 401, OTHER_ALGORITHM);
}
const publicBytes = JSON.stringify(es.jwk);
await refused(
  "HS256 by the public key",
  { token: hmac(good(), { secret: publicBytes, head: { kid: "es" } }) },
  401,
  /HS256/,
);
await refused("HS256 by a key of the set", { token: hmac(good(), { head: { kid: "oct" } }) }, 401, /HS256/);

// ---- Claims -----------------------------------------------------------------------------------------
for (
  const [name, claims, words] of [
    ["that has ended", { exp: seconds() - 6 }, /has ended/],
    ["that never ends", { exp: undefined }, /has ended/],
    ["whose end is text", { exp: `${seconds() + 600}` }, /has ended/],
    ["whose end is nothing", { exp: null }, /has ended/],
    ["that begins later", { nbf: seconds() + 6 }, /not begun/],
    ["whose beginning is text", { nbf: "0" }, /not begun/],
    ["of another project", { iss: "https://other.supabase.co/auth/v1" }, /somebody else \(iss\)/],
    ["of a longer address", { iss: `${url}/auth/v1/x` }, /somebody else \(iss\)/],
    ["of nobody", { iss: undefined }, /somebody else \(iss\)/],
    ["of issuers in a list", { iss: [`${url}/auth/v1`] }, /somebody else \(iss\)/],
    ["of the keys' own issuer", { iss: "supabase" }, /somebody else \(iss\)/],
    ["for another audience", { aud: "other" }, /somebody else \(aud\)/],
    ["for no audience", { aud: undefined }, /somebody else \(aud\)/],
    ["for an empty list", { aud: [] }, /somebody else \(aud\)/],
    ["for an audience in another case", { aud: "Authenticated" }, /somebody else \(aud\)/],
    ["of a service for another audience", { role: "service_role", aud: "other" }, /somebody else \(aud\)/],
    ["of a service of another project", { role: "service_role", iss: "https://other.supabase.co/auth/v1" }, /\(iss\)/],
  ]
) {
  await refused(`a token ${name}`, { token: await signed(es, claims) }, 401, words);
}
await accepted("clocks may differ by seconds: the end", { token: await signed(es, { exp: seconds() - 4 }) });
await accepted("and the beginning", { token: await signed(es, { nbf: seconds() + 4 }) });
for (const crit of [["exp"], ["b64"], [], "exp", null]) {
  await refused(`crit ${JSON.stringify(crit)}`, { token: await signed(es, {}, { crit }) }, 401, /extension \(crit\)/);
}
const [head, body, signature] = (await signed(es)).split(".");
for (
  const [name, token] of [
    ["words", "word"],
    ["two parts", `${head}.${body}`],
    ["four parts", `${head}.${body}.${signature}.`],
    ["five parts", `${head}.x.y.${body}.${signature}`],
    ["a head that is no JSON", `${encode("{")}.${body}.${signature}`],
    ["a head that is a list", `${encode([])}.${body}.${signature}`],
    ["a head that is no UTF-8", `${Buffer.from([34, 255, 34]).toString("base64url")}.${body}.${signature}`],
    ["a part of impossible length", `${head}.${body}.${"A".repeat(85)}`],
    ["base64 that is not of URLs", `${head}.${body}.+${signature.slice(1)}`],
    ["padding", `${head}.${body}.${signature}==`],
  ]
) {
  await refused(`a token of ${name}`, { token }, 401, IS_NONE);
}
await refused("a changed body", { token: `${head}.${encode({ ...good(), sub: "x" })}.${signature}` }, 401, NOT_SIGNED);
await refused("no signature", { token: `${head}.${body}.` }, 401, NOT_SIGNED);
await refused("another signature", { token: `${head}.${body}.${"A".repeat(86)}` }, 401, NOT_SIGNED);
start({ TWOTOWER_JWT_ISSUER: "https://shop.example/auth/v1" });
await accepted("another issuer that is expected", { token: await signed(es, { iss: "https://shop.example/auth/v1" }) });
await refused("is the only one", { token: await signed(es) }, 401, /somebody else \(iss\)/);
start({ TWOTOWER_JWT_ISSUER: "" });
await refused("an empty one lets nobody in", { token: await signed(es, { iss: "" }) }, 401, /somebody else \(iss\)/);

// ---- The set of keys, by the clock ------------------------------------------------------------------
gateway.keys = [es.jwk];
gateway.readings = 0;
start();
await accepted("a first reading", { token: await signed(es) });
for (let i = 0; i < 100; i++) await ask({ token: await signed({ ...es, kid: `made up ${i}` }) });
check("a hundred names that nobody knows: no reading", gateway.readings === 1, gateway.readings);
wait(31_000);
await Promise.all(
  Array.from({ length: 100 }, async (_, i) => await ask({ token: await signed({ ...es, kid: `${i}` }) })),
);
check("half a minute later: one for a hundred at once", gateway.readings === 2, gateway.readings);
gateway.keys = [es.jwk, rs.jwk];
await refused("a new key within the half minute", { token: await signed(rs) }, 401, NO_KEY);
wait(31_000);
await accepted("is found after it", { token: await signed(rs) });
check("by one reading", gateway.readings === 3, gateway.readings);
gateway.keys = [rs.jwk];
wait(4 * MINUTE);
await accepted("a revoked key serves for minutes", { token: await signed(es) });
check("no reading is due", gateway.readings === 3, gateway.readings);
wait(MINUTE);
const reading = new Promise((done) => gateway.wasRead = done);
await ask({ token: await signed(rs) });
await reading;
const unknown = () => `${encode({ alg: "ES256", kid: "late" })}.${encode(good())}.AA`;
await ask({ token: unknown() }); // waits for the reading that the one before began
check("after five minutes the set is read beside a request", gateway.readings === 4, gateway.readings);
await refused("and the revoked key has ended", { token: await signed(es) }, 401, NO_KEY);
gateway.keys = [es.jwk];
start();
await accepted("another process", { token: await signed(es) });
gateway.keys = [rs.jwk];
wait(10 * MINUTE);
await refused("ten minutes without a request: a revoked key ends at once", { token: await signed(es) }, 401, NO_KEY);
gateway.down = true;
gateway.readings = 0;
wait(9 * MINUTE);
await accepted("a project that does not answer: the set serves", { token: await signed(rs) });
await refused("a name that it lacks does not", { token: await signed(es) }, 401, NO_KEY);
wait(2 * MINUTE);
await refused("for ten minutes", { token: await signed(rs) }, 503, /keys cannot be read/);
const readings = gateway.readings;
for (let i = 0; i < 20; i++) await ask({ token: await signed(rs) });
check("a project that is down is not flooded either", gateway.readings === readings, gateway.readings);
gateway.down = false;
wait(5_000);
await accepted("once it answers, all is well", { token: await signed(rs) });

// ---- SUPABASE_JWKS ----------------------------------------------------------------------------------
gateway.down = true;
gateway.readings = 0;
for (const [name, set] of [["a set", { keys: [es.jwk] }], ["a list", [es.jwk]]]) {
  start({ SUPABASE_JWKS: JSON.stringify(set) });
  await accepted(`SUPABASE_JWKS, ${name}, serves without the URL`, { token: await signed(es) });
}
wait(5 * MINUTE);
await refused("but not for longer than ten minutes", { token: await signed(es) }, 503, /keys cannot be read/);
gateway.down = false;
gateway.keys = [rs.jwk];
start({ SUPABASE_JWKS: JSON.stringify({ keys: [es.jwk] }) });
await accepted("a key of the variable that is revoked", { token: await signed(es) });
await refused("is asked for once more beside a name nobody knows", { token: unknown() }, 401, NO_KEY);
await refused("and ends: the URL's set has replaced it", { token: await signed(es) }, 401, NO_KEY);
await accepted("the URL's serves", { token: await signed(rs) });
start({ SUPABASE_JWKS: '{"keys": "sb_secret_misplaced"' });
await accepted("a variable that is none: the URL is asked", { token: await signed(rs) });
check("and the log says so", /SUPABASE_JWKS is no set of keys/.test(logged.join("\n")), logged);
check("without its text", !logged.join("\n").includes("misplaced"), logged);
await finish();
