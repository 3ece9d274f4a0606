// SPDX-License-Identifier: MIT
type Reader = { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> };
type Buffers = { from(text: string, encoding: "base64"): Uint8Array<ArrayBuffer> };

/** The bytes of base64; by the engine's own reader where it has one, or Node's. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const own = (Uint8Array as Reader).fromBase64, node = (globalThis as { Buffer?: Buffers }).Buffer;
  if (own) return own.call(Uint8Array, text);
  if (node) return new Uint8Array(node.from(text, "base64"));
  const units = atob(text), bytes = new Uint8Array(units.length);
  for (let i = 0; i < units.length; i++) bytes[i] = units.charCodeAt(i);
  return bytes;
}
