// SPDX-License-Identifier: MIT
// What a Supabase project answers to POST /rest/v1/rpc/NAME (PostgREST), over one PGlite: arguments by name from a JSON body, the role
// and the claims of the token (HS256) in the transaction, errors with their SQLSTATE; and its public keys.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { readFileSync } from 'node:fs'
import http from 'node:http'

const STATUS = { 42501: 403, 23503: 409, 23505: 409, 42883: 404, P0002: 404 }

function claimsOf(token, secret) {
  const [head, body, signature] = (token ?? '').split('.')
  const wanted = createHmac('sha256', secret).update(`${head}.${body}`).digest()
  const given = Buffer.from(signature ?? '', 'base64url')
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return null
  return JSON.parse(Buffer.from(body, 'base64url').toString())
}

const quoted = (name) => `"${name.replaceAll('"', '""')}"`

async function call(tx, name, values) {
  const { rows: found } = await tx.query(
    `select p.proretset as many, a.name, format_type(a.type, null) as type
       from pg_proc p, unnest(p.proargnames, coalesce(p.proallargtypes, p.proargtypes::oid[])) as a (name, type)
      where p.proname = $1 and p.pronamespace = 'public'::regnamespace`, [name])
  const types = new Map(found.map((row) => [row.name, row.type]))
  const names = Object.keys(values)
  if (!found.length || names.some((one) => !types.has(one))) {
    throw Object.assign(new Error(`Could not find the function public.${name} in the schema cache`), { code: 'PGRST202', status: 404 })
  }
  const columns = names.map((one) => `${quoted(one)} ${types.get(one)}`).join(', ')
  const given = names.map((one) => `${quoted(one)} := b.${quoted(one)}`).join(', ')
  const { rows } = await tx.query(
    `select to_jsonb(f) as value from json_to_record($1::json) as b (${columns}), lateral ${quoted(name)}(${given}) as f`,
    [JSON.stringify(values)])
  return found[0].many ? rows.map(({ value }) => value) : rows[0].value
}

// `exclusively` runs its work while nobody else has the session; `keys` is a file of public keys.
export function serveRest(database, exclusively, secret, keys) {
  const answer = (response, status, body) => {
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
    response.end(JSON.stringify(body ?? null))
  }
  return http.createServer(async (request, response) => {
    let text = ''
    for await (const part of request) text += part
    if (keys && request.url === '/auth/v1/.well-known/jwks.json') return answer(response, 200, JSON.parse(readFileSync(keys)))
    const [, name] = /^\/rest\/v1\/rpc\/(\w+)$/.exec(request.url) ?? []
    if (!name || request.method !== 'POST') return answer(response, 404, { code: 'PGRST125', message: 'Invalid path' })
    const claims = claimsOf(request.headers.authorization?.replace(/^Bearer /, '') ?? request.headers.apikey, secret)
    if (!claims) return answer(response, 401, { code: 'PGRST301', message: 'No suitable key or wrong key type' })
    try {
      const value = await exclusively(() => database.transaction(async (tx) => {
        await tx.exec(`set local role ${quoted(claims.role)}`)
        await tx.query("select set_config('request.jwt.claims', $1, true)", [JSON.stringify(claims)])
        return await call(tx, name, JSON.parse(text || '{}'))
      }))
      answer(response, 200, value)
    } catch ({ code, message, detail, hint, status }) {
      answer(response, status ?? STATUS[code] ?? 400, { code, message, details: detail ?? null, hint: hint ?? null })
    }
  })
}
