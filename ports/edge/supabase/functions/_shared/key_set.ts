// SPDX-License-Identifier: MIT
/** The public keys of a project (RFC 7517), never older than ten minutes, so that a revoked one ends. */
import { Refusal } from "./refusal.ts";

const REFRESH = 300_000; // milliseconds, after which the set is read beside a request
const LONGEST = 600_000; // and after which nothing is answered by it
const PAUSE = 30_000; // between two readings
const PAUSE_FAILED = 5_000;
const LEAST_RSA = 2048; // bits

type Jwk = JsonWebKey & { kid?: string };
type Signature = AlgorithmIdentifier | EcdsaParams;
interface Kind {
  readonly key: AlgorithmIdentifier | EcKeyImportParams | RsaHashedImportParams;
  readonly signature: Signature;
  readonly fits: (one: Jwk) => boolean;
  /** What of a key is taken: nothing that it says of itself otherwise counts. */
  readonly members: readonly (keyof Jwk)[];
}

/** The signatures that count (RFC 7518, RFC 8037). A key is of one of them only. */
const KINDS: ReadonlyMap<string, Kind> = new Map([
  ["ES256", {
    key: { name: "ECDSA", namedCurve: "P-256" },
    signature: { name: "ECDSA", hash: "SHA-256" },
    fits: ({ kty, crv }) => kty === "EC" && crv === "P-256",
    members: ["kty", "crv", "x", "y"],
  }],
  ["RS256", {
    key: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
    signature: { name: "RSASSA-PKCS1-v1_5" },
    fits: ({ kty }) => kty === "RSA",
    members: ["kty", "n", "e"],
  }],
  ["EdDSA", {
    key: { name: "Ed25519" },
    signature: { name: "Ed25519" },
    fits: ({ kty, crv }) => kty === "OKP" && crv === "Ed25519",
    members: ["kty", "crv", "x"],
  }],
]);

export interface PublicKey {
  readonly alg: string;
  readonly signature: Signature;
  readonly key: CryptoKey;
}

export function isKeyAlgorithm(alg: unknown): boolean {
  return typeof alg === "string" && KINDS.has(alg);
}

/** Null for a key that is not for signatures, or of another kind than these. */
async function importKey(one: Jwk): Promise<PublicKey | null> {
  const [alg, kind] = [...KINDS].find(([, { fits }]) => fits(one)) ?? [];
  if (!alg || !kind || (one.alg ?? alg) !== alg || (one.use ?? "sig") !== "sig") return null;
  if (one.key_ops && !one.key_ops.includes("verify")) return null;
  const taken = Object.fromEntries(kind.members.map((name) => [name, one[name]]));
  const key = await crypto.subtle.importKey("jwk", taken, kind.key, false, ["verify"]).catch(() => null);
  if (!key || ((key.algorithm as RsaKeyAlgorithm).modulusLength ?? LEAST_RSA) < LEAST_RSA) return null;
  return { alg, signature: kind.signature, key };
}

/** A set, `{"keys": [...]}` or its list alone; keys that are of no use here are left out. */
async function importKeys(document: unknown): Promise<Map<string, PublicKey>> {
  const list = Array.isArray(document) ? document : (document as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(list)) throw new Error("a set of keys is expected");
  const keys = new Map<string, PublicKey>();
  for (const one of list as Jwk[]) {
    const key = typeof one?.kid === "string" ? await importKey(one) : null;
    if (key) keys.set(one.kid!, key);
  }
  return keys;
}

export class KeySet {
  private readonly url: () => string;
  private readonly now: () => number;
  private readonly begun: Promise<void>;
  private keys = new Map<string, PublicKey>();
  private at = -Infinity;
  private next = -Infinity;
  private reading: Promise<void> | undefined;

  /** `first`, the text of a set, serves until the one of the URL is there; `now` is in milliseconds. */
  constructor(url: () => string, first: string | undefined, now: () => number) {
    this.url = url;
    this.now = now;
    this.begun = first === undefined ? Promise.resolve() : this.begin(first);
  }

  /** The key of that name; undefined: the project has none, 503: its keys cannot be read. */
  async find(id: string): Promise<PublicKey | undefined> {
    await this.begun;
    const age = this.now() - this.at;
    if (age >= LONGEST || !this.keys.has(id)) await this.readAgain();
    else if (age >= REFRESH) void this.readAgain();
    if (this.now() - this.at >= LONGEST) throw new Refusal(503, "keys", "the project's keys cannot be read");
    return this.keys.get(id);
  }

  private async begin(first: string): Promise<void> {
    try {
      this.keys = await importKeys(JSON.parse(first));
      this.at = this.now() - REFRESH; // how old it is, nobody says
    } catch {
      console.error("SUPABASE_JWKS is no set of keys; the project's URL is asked");
    }
  }

  /** One reading at a time, and none so soon after the last that made-up names could flood the project. */
  private readAgain(): Promise<void> {
    if (!this.reading && this.now() < this.next) return Promise.resolve();
    this.reading ??= this.read().finally(() => this.reading = undefined);
    return this.reading;
  }

  private async read(): Promise<void> {
    const asked = this.now();
    this.next = asked + PAUSE;
    try {
      const response = await fetch(this.url(), { signal: AbortSignal.timeout(5000) });
      if (!response.ok) throw new Error(`the answer is ${response.status}`);
      this.keys = await importKeys(await response.json());
      this.at = asked;
    } catch (error) {
      this.next = asked + PAUSE_FAILED;
      console.error(`the project's keys: ${error instanceof Error ? error.message : "cannot be read"}`);
    }
  }
}
