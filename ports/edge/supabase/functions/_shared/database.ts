// SPDX-License-Identifier: MIT
/** Functions of the database, called with the rights of the service. */
import { Refusal } from "./refusal.ts";
import { settings } from "./settings.ts";

const FOREIGN_KEY = "23503";
const DISABLED = /legacy api keys are disabled/i; // what the gateway says to such a key
const TAKEN_FOR = 600_000, REFUSED_FOR = 30_000; // milliseconds for which its answer is not asked again

function isToken(key: string): boolean {
  return !key.startsWith("sb_"); // keys of that form go alone
}

function headersOf(key: string): Record<string, string> {
  return isToken(key) ? { apikey: key, Authorization: `Bearer ${key}` } : { apikey: key };
}

let asked: { key: string; until: number; work: boolean } | undefined;

/** Does the project take this key, which is one of the legacy form?  `now` is in milliseconds. */
export async function legacyKeysWork(key: string, now: number): Promise<boolean> {
  if (asked?.key === key && now < asked.until) return asked.work;
  const response = await fetch(`${settings.supabaseUrl}/auth/v1/settings`, {
    headers: headersOf(key),
    signal: AbortSignal.timeout(5000),
  }).catch(() => undefined);
  await response?.body?.cancel();
  if (!response || (!response.ok && response.status !== 401)) {
    throw new Refusal(503, "keys", "whether the legacy keys are enabled cannot be asked");
  }
  asked = { key, work: response.ok, until: now + (response.ok ? TAKEN_FOR : REFUSED_FOR) };
  return response.ok;
}

/** A server's text without the keys that it could repeat. */
function masked(said: string): string {
  const { secretKeys, legacyKeys } = settings;
  return [...secretKeys, ...legacyKeys].reduce((text, key) => text.replaceAll(key, "***"), said);
}

/** POST /rest/v1/rpc/NAME. */
export async function rpc<T>(name: string, values: Record<string, unknown>): Promise<T> {
  const { serviceKey } = settings;
  let response: Response;
  try {
    response = await fetch(`${settings.supabaseUrl}/rest/v1/rpc/${name}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headersOf(serviceKey) },
      body: JSON.stringify(values),
      signal: AbortSignal.timeout(15000),
    });
  } catch {
    throw new Refusal(502, "database", "the database does not answer");
  }
  if (response.ok) return await response.json();
  const said = await response.json().catch(() => ({}));
  if (said.code === FOREIGN_KEY) throw new Refusal(404, "user", "there is no such user");
  if (isToken(serviceKey) && response.status === 401 && DISABLED.test(said.message)) {
    console.error(
      `${name}: the legacy keys of this project are disabled, and SUPABASE_SERVICE_ROLE_KEY is one: create a secret key ` +
        "(Dashboard, Settings, API Keys), which functions get as SUPABASE_SECRET_KEYS; elsewhere set SUPABASE_SECRET_KEY to it",
    );
    throw new Refusal(502, "keys", "the key of this function is a legacy key, and those are disabled; its log says what to set");
  }
  console.error(masked(`${name}: ${response.status} ${said.code ?? ""} ${said.message ?? ""}`));
  throw new Refusal(502, "database", `the database refused ${name}`);
}
