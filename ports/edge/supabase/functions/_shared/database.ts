// SPDX-License-Identifier: MIT
/** Functions of the database, called with the rights of the service. */
import { Refusal } from "./refusal.ts";
import { settings } from "./settings.ts";

const FOREIGN_KEY = "23503";

/** POST /rest/v1/rpc/NAME. */
export async function rpc<T>(name: string, values: Record<string, unknown>): Promise<T> {
  const { serviceKey } = settings;
  const headers: Record<string, string> = { "Content-Type": "application/json", apikey: serviceKey };
  if (!serviceKey.startsWith("sb_")) headers.Authorization = `Bearer ${serviceKey}`; // keys of that form are no tokens
  let response: Response;
  try {
    response = await fetch(`${settings.supabaseUrl}/rest/v1/rpc/${name}`, {
      method: "POST",
      headers,
      body: JSON.stringify(values),
      signal: AbortSignal.timeout(15000),
    });
  } catch {
    throw new Refusal(502, "database", "the database does not answer");
  }
  if (response.ok) return await response.json();
  const said = await response.json().catch(() => ({}));
  if (said.code === FOREIGN_KEY) throw new Refusal(404, "user", "there is no such user");
  console.error(`${name}: ${response.status} ${said.code ?? ""} ${said.message ?? ""}`);
  throw new Refusal(502, "database", `the database refused ${name}`);
}
