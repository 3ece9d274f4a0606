// SPDX-License-Identifier: MIT
/** An answer that is an error: `{"error": {"code", "message"}}`. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}
