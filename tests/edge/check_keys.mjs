// SPDX-License-Identifier: MIT
// Services' keys at an edge function, new and legacy, in TAP, under deno: check_keys.mjs FUNCTIONS.
import {
  accepted,
  ask,
  check,
  finish,
  gateway,
  good,
  hmac,
  IS_NONE,
  isService,
  KEY,
  logged,
  MINUTE,
  NOT_SIGNED,
  OTHER,
  pair,
  refused,
  rpc,
  said,
  seconds,
  SECRET,
  signed,
  SINGLE,
  start,
  wait,
} from "./project.mjs";

const rs = await pair("RS256", "rs");
gateway.keys = [rs.jwk];

// ---- Secret keys ------------------------------------------------------------------------------------
start();
for (
  const [name, given] of [
    ["in apikey alone", { apikey: KEY }],
    ["the one of another name", { apikey: OTHER }],
    ["as supabase-js sends it", { apikey: KEY, token: KEY }],
    ["as a bearer", { token: KEY }],
  ]
) {
  await accepted(`a secret key, ${name}`, given, isService);
}
await accepted("beside a user's token the user asks", { apikey: KEY, token: await signed(rs) });
await refused("and nobody with a bad one", { apikey: KEY, token: "word" }, 401, IS_NONE);
const NO_SECRET_KEY = /no secret key of the project/;
for (
  const [name, apikey] of [
    ["another", "sb_secret_another"],
    ["one letter less", KEY.slice(0, -1)],
    ["one letter more", `${KEY}x`],
    ["another case", KEY.replace("first", "First")],
    ["a publishable key", "sb_publishable_of-the-project"],
  ]
) {
  await refused(`${name} is none`, { apikey }, 401, NO_SECRET_KEY);
}
await refused("neither key nor token", {}, 401, /a secret key is expected \(apikey: sb_secret_/);
await refused("an empty key", { apikey: " " }, 401, /a secret key is expected/);
await refused("the whole variable", { apikey: JSON.stringify({ nightly: OTHER, default: KEY }) }, 401, IS_NONE);
await rpc("whatever", {});
check(
  "the functions ask with the default key, in apikey alone",
  gateway.last.apikey === KEY && !gateway.last.authorization,
);
start({ SUPABASE_SECRET_KEYS: undefined, SUPABASE_SECRET_KEY: SINGLE });
await accepted("SUPABASE_SECRET_KEY", { apikey: SINGLE }, isService);
await refused("without the other variable its keys are none", { apikey: KEY }, 401, NO_SECRET_KEY);
await rpc("whatever", {});
check("the functions ask with it", gateway.last.apikey === SINGLE);
start({ SUPABASE_SECRET_KEY: SINGLE });
await accepted("both variables: the key alone", { apikey: SINGLE }, isService);
await accepted("and those by name", { apikey: KEY }, isService);
await rpc("whatever", {});
check("the default comes first", gateway.last.apikey === KEY);
start({ SUPABASE_SECRET_KEYS: JSON.stringify({ web: OTHER }) });
await rpc("whatever", {});
check("where none is called default, the first", gateway.last.apikey === OTHER);
for (
  const text of [
    "sb_secret_not-wrapped",
    `{"default": "${KEY}"`,
    '{"default": 7}',
    '{"default": ""}',
    "null",
    `["${KEY}"]x`,
  ]
) {
  start({ SUPABASE_SECRET_KEYS: text });
  const answer = await ask({ apikey: KEY });
  said.push(answer.message);
  check(
    `SUPABASE_SECRET_KEYS=${text.slice(0, 12)}...`,
    /SUPABASE_SECRET_KEYS: a JSON object of keys/.test(answer.message),
    answer,
  );
}

// ---- Legacy keys ------------------------------------------------------------------------------------
const legacy = hmac({ iss: "supabase", ref: "abc", role: "service_role", iat: seconds(), exp: seconds() + 1e8 });
const onlyOld = { SUPABASE_SECRET_KEYS: undefined, SUPABASE_SERVICE_ROLE_KEY: legacy };
const both = { SUPABASE_SERVICE_ROLE_KEY: legacy };
gateway.asked = 0;
start(onlyOld);
await accepted("old names only: the service_role key", { token: legacy }, isService);
await accepted("in apikey", { apikey: legacy }, isService);
check("nobody is asked", gateway.asked === 0, gateway.asked);
await rpc("whatever", {});
check("the functions ask with it, as token too", gateway.last.authorization === `Bearer ${legacy}`);
start({ SUPABASE_SECRET_KEYS: undefined, SUPABASE_SERVICE_KEY: legacy });
await accepted("the oldest name", { token: legacy }, isService);
start(both);
gateway.asked = 0;
await accepted("both, legacy keys enabled: the legacy key", { token: legacy }, isService);
await accepted("again", { token: legacy }, isService);
check("the project was asked once", gateway.asked === 1, gateway.asked);
await accepted("and the secret key", { apikey: KEY }, isService);
await rpc("whatever", {});
check("the functions ask with the secret key", gateway.last.apikey === KEY && !gateway.last.authorization);
gateway.legacy = false;
wait(11 * MINUTE);
await refused(
  "both, legacy keys disabled",
  { token: legacy },
  401,
  /legacy keys .* disabled: send a secret key \(sb_secret_/,
);
await refused("in apikey too", { apikey: legacy }, 401, /legacy keys .* disabled/);
await accepted("the secret key serves", { apikey: KEY }, isService);
await rpc("whatever", {});
check("and the functions' own requests go on", gateway.last.apikey === KEY);
start({ ...both, JWT_SECRET: SECRET });
const another = hmac({ iss: "supabase", role: "service_role", exp: seconds() + 600 });
await refused("a token of a service by the secret is a legacy key", { token: another }, 401, /legacy keys .* disabled/);
gateway.down = true;
wait(MINUTE);
await refused("a project that cannot be asked", { token: legacy }, 503, /whether the legacy keys are enabled/);
gateway.down = false;
start();
await refused(
  "a legacy key that the environment lacks",
  { token: legacy },
  401,
  /HS256.*send a secret key \(sb_secret_/,
);
start(onlyOld);
logged.length = 0;
const dead = await rpc("whatever", {}).catch((error) => error);
check(
  "a dead legacy key: the answer says so",
  dead.status === 502 && /legacy key, and those are disabled/.test(dead.message),
  dead.message,
);
check("and the log what to do", /disabled.*create a secret key.*SUPABASE_SECRET_KEYS/.test(logged.join()), logged);
gateway.legacy = true;

// ---- Tokens by the project's secret -----------------------------------------------------------------
start({ JWT_SECRET: SECRET });
await accepted("HS256 by the secret", { token: hmac(good()) });
await accepted("a service's, without issuer and audience", {
  token: hmac({ role: "service_role", exp: seconds() + 9 }),
}, isService);
for (
  const [name, token] of [
    ["another secret", hmac(good(), { secret: `${SECRET}x` })],
    ["an empty secret", hmac(good(), { secret: "" })],
    ["another digest", hmac(good(), { digest: "sha512" })],
  ]
) {
  await refused(`HS256 by ${name}`, { token }, 401, NOT_SIGNED);
}
await refused("HS256 of another project", { token: hmac({ ...good(), iss: "x" }) }, 401, /\(iss\)/);
await refused("HS256 for another audience", { token: hmac({ ...good(), aud: "x" }) }, 401, /\(aud\)/);
start({ JWT_SECRET: "" });
await refused("an empty JWT_SECRET is none", { token: hmac(good(), { secret: "" }) }, 401, /HS256/);

// ---- Open to all ------------------------------------------------------------------------------------
const OPEN = { TWOTOWER_OPEN_TO_ALL: "true" };
start(OPEN);
await accepted("open to all on this machine", {}, isService);
await accepted("asked from it", { peer: "127.0.0.1" }, isService);
await accepted("by IPv6", { peer: "::1", at: "http://[::1]:8000/" }, isService);
await accepted("by name", { at: "http://localhost:54321/functions/v1/embed-user" }, isService);
await refused("a bad token is bad there too", { token: "word" }, 401, IS_NONE);
const NEEDED = /a secret key is expected/;
await refused("asked from another machine", { peer: "192.168.1.7" }, 401, NEEDED);
await refused("asked as another machine", { at: "http://192.168.1.5:8000/" }, 401, NEEDED);
await refused("asked by a name that leads here", { at: "http://127.0.0.1.example/" }, 401, NEEDED);
for (
  const host of [
    "kong:8000",
    "host.docker.internal:54321",
    "project.supabase.co",
    "127.0.0.1.example",
    "localhost.example",
    "0.0.0.0",
    "10.0.0.1",
  ]
) {
  start({ ...OPEN, SUPABASE_URL: `http://${host}` });
  await refused(`a project at ${host} is not open`, {}, 401, NEEDED);
}
for (const value of ["", "1", "TRUE", "yes", "false"]) {
  start({ TWOTOWER_OPEN_TO_ALL: value });
  await refused(`TWOTOWER_OPEN_TO_ALL=${value} opens nothing`, {}, 401, NEEDED);
}
start({ VERIFY_JWT: "false" });
await refused("nor does VERIFY_JWT", {}, 401, NEEDED);

// ---- What is said -----------------------------------------------------------------------------------
start(both);
gateway.says = { code: "X", message: `key ${KEY}, ${JSON.stringify({ a: OTHER })}, ${legacy}` };
await rpc("whatever", {}).catch(() => {});
check(
  "a server that repeats keys: the log has the rest",
  /whatever: 400 X key \*\*\*, .*\*\*\*/.test(logged.at(-1)),
  logged.at(-1),
);
const everythingSaid = [...said, ...logged].join("\n");
check(
  "no key is in a message or the log",
  everythingSaid.length > 2000 &&
    ![KEY, OTHER, SINGLE, legacy, SECRET, "misplaced", "not-wrapped"].some((key) => everythingSaid.includes(key)),
);
await finish();
