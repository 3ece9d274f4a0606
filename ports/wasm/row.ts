// SPDX-License-Identifier: MIT
/** The form of a row: its names, and the types of its values. */
import { TwoTowerError } from "./memory.ts";

export const BAGS = ["liked", "neutral", "disliked"] as const;
// What rows of the database functions have beside the fields: a model that does not take it is no mistake.
const BESIDE_ITEM = ["title", "as_of"], BESIDE_USER = ["user_id", "as_of"];
const NUMBERS = [
  "like_ratio", "dislike_ratio", "mean_stars", "review_count", "like_count", "dislike_count", "like_count_30d",
  "positive_ratio_30d", "signup_days", "account_age_days", "days_since_last_like", "hour_sin", "hour_cos", "price_mean",
  "price_median", "price", "duration_seconds", "release_day",
];

/** The fields of a model and the numbers of one of its towers. */
export interface Names {
  readonly fields: ReadonlySet<string>;
  readonly numbers: ReadonlySet<string>;
}

interface Item {
  readonly bag: number;
  readonly fields: readonly (readonly [name: string, tokens: readonly string[]])[];
}

type Members = Record<string, unknown>;

function typed<T>(fits: boolean, value: unknown, expected: string, where: string): T {
  if (fits) return value as T;
  const text = JSON.stringify(value) ?? String(value);
  throw new TwoTowerError("argument", `${where}: ${expected} is expected, not ${text.slice(0, 60)}`);
}

function members(value: unknown, where: string): Members {
  return typed(typeof value === "object" && value !== null && !Array.isArray(value), value, "an object", where);
}

function tokensOf(value: unknown, where: string): string[] {
  const list = value == null ? [] : Array.isArray(value) ? value : [value];
  const fit = list.every((one) => typeof one === "string" || one == null);
  return typed<unknown[]>(fit, fit ? list : value, "a string or an array of strings", where)
    .filter((one): one is string => one != null);
}

/** A row that was read: what goes to the core, and how many names of a user's own were none. */
export class Row {
  readonly items: Item[] = [];
  readonly numerics: (readonly [name: string, value: number])[] = [];
  unknown = 0;
  private readonly names: Names;
  private readonly strict: boolean;

  constructor(tower: "user" | "item", row: unknown, index: number, names: Names, strict: boolean) {
    this.names = names;
    this.strict = strict;
    const where = `row ${index}`, given = members(row, where);
    if (tower === "item") this.item(0, given, where);
    else this.history(given, where);
    if (given.numerics != null) this.numbers(members(given.numerics, `${where}, numerics`), `${where}, numerics`);
  }

  private refuse(name: string, known: Iterable<string>, where: string): void {
    if (!this.strict) return;
    const sorted = [...known].sort().join(", ");
    throw new TwoTowerError("field", `${where}: ${JSON.stringify(name.slice(0, 60))} is not a name of the model, which takes ${sorted}`);
  }

  private history(row: Members, where: string): void {
    const known = [...BAGS, "numerics"];
    for (const name of Object.keys(row)) {
      if (known.includes(name) || BESIDE_USER.includes(name)) continue;
      this.refuse(name, known, where);
      this.unknown++;
    }
    BAGS.forEach((name, bag) => {
      const list = row[name] ?? [];
      typed<unknown[]>(Array.isArray(list), list, "an array of items", `${where}, ${name}`)
        .forEach((item, i) => this.item(bag, members(item, `${where}, ${name}[${i}]`), `${where}, ${name}[${i}]`));
    });
  }

  /** The value of a name that is none does not matter. */
  private item(bag: number, item: Members, where: string): void {
    const fields: [string, string[]][] = [];
    for (const name of Object.keys(item)) {
      const known = this.names.fields.has(name);
      if (!known && (name === "numerics" || BESIDE_ITEM.includes(name))) continue;
      if (!known) this.refuse(name, this.names.fields, where);
      fields.push([name.replaceAll("\0", "\ufffd"), known ? tokensOf(item[name], `${where}, ${name}`) : []]);
    }
    this.items.push({ bag, fields });
  }

  private numbers(given: Members, where: string): void {
    for (const [name, value] of Object.entries(given)) {
      const number = typed<number>(value == null || typeof value === "number", value ?? NaN, "a number or null", `${where}.${name}`);
      const known = this.names.numbers.has(name);
      if (!known && NUMBERS.includes(name)) continue;
      if (!known) this.refuse(name, this.names.numbers, where);
      this.numerics.push([name.replaceAll("\0", "\ufffd"), number]);
    }
  }
}
