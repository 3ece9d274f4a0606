// SPDX-License-Identifier: MIT
// What a Supabase project answers to POST /rest/v1/rpc/NAME (PostgREST), over one PGlite: arguments by name from a JSON
// body, the role and the claims of the token (HS256) in the transaction, errors with their SQLSTATE, the time of it all
// as Server-Timing; a function is looked up once, and again where a call of it failed.  And of its gateway: public
// keys, secret keys, which come in apikey and are no tokens, and the refusal of legacy keys once those are disabled.
import { createHmac, timingSafeEqual } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import http from "node:http";

const STATUS = { 42501: 403, 23503: 409, 23505: 409, 42883: 404, P0002: 404 };

function claimsOf(token, secret) {
  const [head, body, signature] = (token ?? "").split(".");
  const wanted = createHmac("sha256", secret).update(`${head}.${body}`).digest();
  const given = Buffer.from(signature ?? "", "base64url");
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return null;
  return JSON.parse(Buffer.from(body, "base64url").toString());
}

const DISABLED = { message: "Legacy API keys are disabled", hint: "Re-enable them, or use secret keys" };

// The claims with which a request goes on; null: it has no good key, undefined: one that is disabled.
function admit({ apikey, authorization }, { secret, secretKey, disabled }) {
  const token = authorization?.replace(/^Bearer /, "");
  if (secretKey && apikey === secretKey && (token ?? apikey) === apikey) return { role: "service_role" };
  if (disabled && existsSync(disabled) && apikey?.split(".").length === 3) return undefined;
  return claimsOf(token ?? apikey, secret);
}

const quoted = (name) => `"${name.replaceAll('"', '""')}"`;

const known = new Map();

async function lookUp(tx, name) {
  if (known.has(name)) return known.get(name);
  const { rows } = await tx.query(
    `select p.proretset as many, a.name, format_type(a.type, null) as type
       from pg_proc p, unnest(p.proargnames, coalesce(p.proallargtypes, p.proargtypes::oid[])) as a (name, type)
      where p.proname = $1 and p.pronamespace = 'public'::regnamespace`,
    [name],
  );
  const found = { many: rows[0]?.many, types: new Map(rows.map((row) => [row.name, row.type])) };
  if (rows.length) known.set(name, found);
  return found;
}

async function call(tx, name, values) {
  const { many, types } = await lookUp(tx, name);
  const names = Object.keys(values);
  if (!types.size || names.some((one) => !types.has(one))) {
    throw Object.assign(new Error(`Could not find the function public.${name} in the schema cache`), {
      code: "PGRST202",
      status: 404,
    });
  }
  const columns = names.map((one) => `${quoted(one)} ${types.get(one)}`).join(", ");
  const given = names.map((one) => `${quoted(one)} := b.${quoted(one)}`).join(", ");
  const { rows } = await tx.query(
    `select to_jsonb(f) as value from json_to_record($1::json) as b (${columns}),
      lateral ${quoted(name)}(${given}) as f`,
    [JSON.stringify(values)],
  );
  return many ? rows.map(({ value }) => value) : rows[0].value;
}

// `exclusively` runs its work while nobody else has the session.  Of the project: `secret` signs its tokens,
// `secretKey` is its secret key, `keys` a file of public keys; while the file `disabled` is there, legacy keys are
// refused.
export function serveRest(database, exclusively, project) {
  const answer = (response, started, status, body) => {
    const spent = performance.now() - started;
    response.writeHead(status, {
      "content-type": "application/json; charset=utf-8",
      "server-timing": `total;dur=${spent.toFixed(2)}`,
    });
    response.end(JSON.stringify(body ?? null));
  };
  return http.createServer(async (request, response) => {
    let text = "";
    for await (const part of request) text += part;
    const say = answer.bind(null, response, performance.now());
    if (request.url === "/auth/v1/.well-known/jwks.json") return say(200, JSON.parse(readFileSync(project.keys)));
    const claims = admit(request.headers, project);
    if (claims === undefined) return say(401, DISABLED);
    if (claims && request.url === "/auth/v1/settings") return say(200, {});
    const [, name] = /^\/rest\/v1\/rpc\/(\w+)$/.exec(request.url) ?? [];
    if (!name || request.method !== "POST") return say(404, { code: "PGRST125", message: "Invalid path" });
    if (!claims) return say(401, { code: "PGRST301", message: "No suitable key or wrong key type" });
    try {
      const value = await exclusively(() =>
        database.transaction(async (tx) => {
          await tx.query("select set_config('role', $1, true), set_config('request.jwt.claims', $2, true)", [
            claims.role,
            JSON.stringify(claims),
          ]);
          return await call(tx, name, JSON.parse(text || "{}"));
        }),
      );
      say(200, value);
    } catch ({ code, message, detail, hint, status }) {
      known.delete(name);
      say(status ?? STATUS[code] ?? 400, { code, message, details: detail ?? null, hint: hint ?? null });
    }
  });
}
