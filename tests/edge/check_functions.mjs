// SPDX-License-Identifier: MIT
// The edge functions as supabase-js and plain requests find them, in TAP, under deno: check_functions.mjs SETTINGS.json
// {functions, broken, elsewhere, project, secret, jwks, database, native, version}: where they listen, where without a
// model, where open to all for a project that is not local, the project, its tokens' secret, the file
// of its keys, the database, a table of what `embed users` wrote there, its version.
import { createClient } from "@supabase/supabase-js";
import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { Buffer } from "node:buffer";
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";

const { functions, broken, elsewhere, project, secret, jwks, database, native, version } = JSON.parse(
  readFileSync(process.argv[2], "utf8"),
);
let count = 0;

function check(name, passed, said) {
  count++;
  console.log(`${passed ? "ok" : "not ok"} ${count} - ${name}`);
  if (!passed && said !== undefined) console.log(`# ${JSON.stringify(said)}`);
}

function sql(statement) {
  return execFileSync("psql", ["-qAtX", "-v", "ON_ERROR_STOP=1", database, "-c", statement], {
    encoding: "utf8",
  }).trim();
}

const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
function token(claims, { key = secret, alg = "HS256", exp = 600 } = {}) {
  const text = `${encode({ alg, typ: "JWT" })}.${encode({ exp: Math.floor(Date.now() / 1000) + exp, ...claims })}`;
  return `${text}.${createHmac("sha256", key).update(text).digest("base64url")}`;
}
const origin = { iss: `${project}/auth/v1`, aud: "authenticated" };
const service = token({ role: "service_role" });

async function ask(name, body, { as = service, at = functions, ...init } = {}) {
  const headers = { "content-type": "application/json", ...(as ? { authorization: `Bearer ${as}` } : {}) };
  const response = await fetch(`${at}/functions/v1/${name}`, {
    method: "POST",
    headers,
    body: typeof body === "string" ? body : JSON.stringify(body),
    ...init,
  });
  return { status: response.status, headers: response.headers, body: await response.json().catch(() => null) };
}
const is = (answer, status, code) =>
  answer.status === status &&
  (code === undefined || answer.body?.error?.code === code) &&
  (status < 400 || typeof answer.body?.error?.message === "string");

// ---- The vectors are those of the nightly job ------------------------------------------------------
const users = sql(`select user_id from ${native} order by 1`).split("\n");
const [one, other] = users;
const results = [];
for (const user_id of users) results.push((await ask("embed-user", { user_id, force: true })).body);
check(
  "every user of the nightly job is embedded",
  results.every(({ status, model_version }) => status === "written" && model_version === version),
  results.slice(0, 3),
);
check(
  `${users.length} vectors and digests are those of embed users, bit for bit`,
  Number(
    sql(
      `select count(*) from ${native} n join user_embeddings u using (user_id, model_version)
    where n.embedding::text = u.embedding::text and n.input_digest = u.input_digest`,
    ),
  ) === users.length,
);
check(
  "the answer has the digest",
  results[0].input_digest === sql(`select input_digest from ${native} where user_id = '${one}'`),
);
check(
  "and what the model knew of the user",
  results.every(
    ({ counts }) => counts.tokens_known > 0 && counts.fields_unknown === 0 && counts.rows_unknown === 0,
  ),
  results[0].counts,
);
check(
  "what the database gives is no unknown name",
  (await ask("embed-user", { user_id: one, force: true, strict: true })).body.status === "written",
);
check("strict is true or false", is(await ask("embed-user", { user_id: one, strict: 1 }), 400, "strict"));

// ---- What is embedded already --------------------------------------------------------------------------
const stamp = () =>
  sql(`select updated_at from user_embeddings where user_id = '${one}' and model_version = '${version}'`);
const before = stamp();
check(
  "equal features are not written again",
  (await ask("embed-user", { user_id: one })).body.status === "same" && stamp() === before,
);
check(
  "unless that is forced",
  (await ask("embed-user", { user_id: one, force: true })).body.status === "written" && stamp() !== before,
);
const fresh = sql(
  `select v.id from videos v where not exists (
    select from user_video_decisions d where d.user_id = '${one}' and d.video_id = v.id) order by 1 limit 1`,
);
sql(`insert into user_video_decisions values ('${one}', '${fresh}', 'like', now())`);
const liked = (await ask("embed-user", { user_id: one })).body;
check(
  "one more like is a new embedding",
  liked.status === "written" && liked.input_digest !== results[0].input_digest,
  liked,
);

// ---- Recommendations --------------------------------------------------------------------------------
const exact = (id, limit) =>
  sql(`select e.video_id from video_embeddings e where e.model_version = '${version}'
  and not exists (select from user_video_decisions d where d.user_id = '${id}' and d.video_id = e.video_id)
  order by e.embedding <=> (
    select embedding from user_embeddings where user_id = '${id}' and model_version = '${version}'
  ), e.video_id limit ${limit}`);
const nearest = await ask("ai-recommend-v5", { user_id: one, limit: 20 });
check(
  "the twenty nearest, exactly, without what was seen",
  nearest.body.items?.map(({ video_id }) => video_id).join("\n") === exact(one, 20),
  nearest.body,
);
check(
  "they are marked",
  nearest.body.model_version === version &&
    nearest.body.embedding === "same" &&
    nearest.body.items.every(({ source, score }) => source === "embedding" && Math.abs(score) <= 1),
);
sql(`insert into user_video_decisions values ('${one}', '${nearest.body.items[0].video_id}', 'nope', now())`);
const next = await ask("ai-recommend-v5", { user_id: one, limit: 20 });
check(
  "what is seen now is embedded and left out",
  next.body.embedding === "written" &&
    next.body.items.map(({ video_id }) => video_id).join("\n") === exact(one, 20) &&
    !next.body.items.some(({ video_id }) => video_id === nearest.body.items[0].video_id),
);
check("twenty are the default", (await ask("ai-recommend-v5", { user_id: other })).body.items.length === 20);
const nobody = "00000000-0000-4000-8000-000000000001";
sql(`insert into profiles (user_id) values ('${nobody}')`);
const empty = await ask("embed-user", { user_id: nobody });
check(
  "without likes there is no embedding",
  empty.body.status === "no_history" &&
    empty.body.input_digest === null &&
    sql(`select count(*) from user_embeddings where user_id = '${nobody}'`) === "0",
  empty.body,
);
const popular = await ask("ai-recommend-v5", { user_id: nobody, limit: 5 });
check(
  "but what is popular",
  popular.body.items.length === 5 &&
    popular.body.model_version === null &&
    popular.body.items.every(({ source }) => source === "popular" || source === "newest"),
  popular.body,
);
const stranger = "00000000-0000-4000-8000-000000000002";
check(
  "and for a user whom nobody knows",
  (await ask("ai-recommend-v5", { user_id: stranger, limit: 3 })).body.items.length === 3,
);

// ---- Who may ask -------------------------------------------------------------------------------------
const own = token({ role: "authenticated", sub: one, ...origin });
check("a user asks for their own", is(await ask("embed-user", { user_id: one }, { as: own }), 200));
check("and for nobody else's", is(await ask("embed-user", { user_id: other }, { as: own }), 403, "forbidden"));
check(
  "nor for others' recommendations",
  is(await ask("ai-recommend-v5", { user_id: other }, { as: own }), 403, "forbidden"),
);
const tokens = {
  "no token": null,
  "a token of another secret": token({ role: "service_role" }, { key: `${secret}x` }),
  "a token that has ended": token({ role: "service_role" }, { exp: -60 }),
  "a token that names no algorithm": token({ role: "service_role" }, { alg: "none" }),
  "a token of another algorithm": token({ role: "service_role" }, { alg: "HS512" }),
  "an unsigned token": `${encode({ alg: "none" })}.${encode({ role: "service_role", exp: 9e9 })}.`,
  "a token that never ends": token({ role: "service_role", exp: undefined }),
  words: "word",
};
for (const [name, as] of Object.entries(tokens))
  check(`${name} is refused`, is(await ask("embed-user", { user_id: one }, { as }), 401, "unauthorized"));
check(
  "a token of no user is refused",
  is(await ask("embed-user", { user_id: one }, { as: token({ role: "anon" }) }), 403, "forbidden"),
);

// Tokens by the project's keys.
const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
async function keyToken(kid, claims, key = pair.privateKey) {
  const exp = Math.floor(Date.now() / 1000) + 600;
  const text = `${encode({ alg: "ES256", typ: "JWT", kid })}.${encode({ exp, ...origin, ...claims })}`;
  const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key, new TextEncoder().encode(text));
  return `${text}.${Buffer.from(signature).toString("base64url")}`;
}
writeFileSync(
  jwks,
  JSON.stringify({
    keys: [
      { ...(await crypto.subtle.exportKey("jwk", pair.publicKey)), kid: "k1", alg: "ES256" },
      { kty: "oct", k: "AA", kid: "k2" },
    ],
  }),
);
check(
  "a user's token by the project's key serves",
  is(await ask("embed-user", { user_id: one }, { as: await keyToken("k1", { role: "authenticated", sub: one }) }), 200),
);
check(
  "for its own user only",
  is(
    await ask("embed-user", { user_id: other }, { as: await keyToken("k1", { role: "authenticated", sub: one }) }),
    403,
    "forbidden",
  ),
);
const stray = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign"]);
for (const [name, as] of [
  ["another key", await keyToken("k1", { role: "service_role" }, stray.privateKey)],
  ["a key that nobody knows", await keyToken("k9", { role: "service_role" })],
  ["a key of no curve", await keyToken("k2", { role: "service_role" })],
]) {
  check(`a token of ${name} is refused`, is(await ask("embed-user", { user_id: one }, { as }), 401, "unauthorized"));
}

// A project elsewhere is open to nobody, whatever TWOTOWER_OPEN_TO_ALL says.
check(
  "without a token only a local stack answers",
  is(await ask("embed-user", { user_id: one }, { as: null, at: elsewhere }), 401, "unauthorized"),
);

// ---- What may be asked ----------------------------------------------------------------------------------
for (const [body, code] of [
  ["{", "body"],
  ["[]", "body"],
  [{}, "user_id"],
  [{ user_id: "1" }, "user_id"],
  [{ user_id: `${one}'` }, "user_id"],
  [{ user_id: one, force: 1 }, "force"],
]) {
  check(`embed-user refuses ${JSON.stringify(body).slice(0, 40)}`, is(await ask("embed-user", body), 400, code));
}
for (const limit of [0, 1001, 2.5, "20", -1])
  check(
    `ai-recommend-v5 refuses limit ${JSON.stringify(limit)}`,
    is(await ask("ai-recommend-v5", { user_id: one, limit }), 400, "limit"),
  );
check("a long body is refused", is(await ask("embed-user", " ".repeat(20000)), 413, "body"));
check(
  "one of no known length is refused",
  is(await ask("embed-user", undefined, { body: new Blob([" ".repeat(200000)]).stream() }), 413, "body"),
);
check("GET is refused", is(await ask("embed-user", undefined, { method: "GET", body: undefined }), 405, "method"));
const preflight = await ask("embed-user", undefined, { method: "OPTIONS", as: null, body: undefined });
check(
  "browsers may ask",
  preflight.status === 204 && /authorization/.test(preflight.headers.get("access-control-allow-headers")),
);

// ---- supabase-js ------------------------------------------------------------------------------------------
const client = createClient(functions, own, { auth: { persistSession: false } });
const embedded = await client.functions.invoke("embed-user", { body: { user_id: one, force: true } });
check("supabase-js embeds", embedded.error === null && embedded.data.status === "written", embedded);
const recommended = await client.functions.invoke("ai-recommend-v5", { body: { user_id: one, limit: 7 } });
check("supabase-js recommends", recommended.error === null && recommended.data.items.length === 7, recommended);
const { error } = await client.functions.invoke("embed-user", { body: { user_id: other } });
check(
  "supabase-js is told why not",
  error?.context.status === 403 && (await error.context.json()).error.code === "forbidden",
);

// ---- Without a model ------------------------------------------------------------------------------------
check(
  "a model that another key signed is not used",
  is(await ask("embed-user", { user_id: one }, { at: broken }), 503, "model"),
);
const stored = await ask("ai-recommend-v5", { user_id: one }, { at: broken });
check(
  "stored vectors serve without it",
  stored.body.embedding === "failed" && stored.body.items.length === 20 && stored.body.items[0].source === "embedding",
  stored.body,
);
console.log(`1..${count}`);
