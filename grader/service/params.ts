/** What stands in an address: checked before the store is asked. */
import type { Context } from "hono";
import { describedOf } from "./described.ts";
import { Refusal } from "./refusal.ts";

/** A part behind the question mark; undefined: it is not there. */
export function query(c: Context, name: string): string | undefined {
  const described = describedOf(c.req.raw);
  if (described && !described.query.has(name))
    throw new Error(`this route reads ${name}, which is not in its description`);
  const text = c.req.query(name);
  return text === undefined ? undefined : noNul(text);
}

/** Postgres keeps no NUL in text, so nothing that has one can be found. @throws Refusal */
export function noNul(text: string): string {
  if (!text.includes("\0")) return text;
  throw new Refusal(400, "bad_request", "the address has a NUL character in it");
}

/** Answers 404 for what cannot be an id, without asking the store. */
export function uuid(text: string, none: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return text.toLowerCase();
  throw new Refusal(404, "not_found", none);
}

/** A yes or no. @throws Refusal when it is neither */
export function flag(c: Context, name: string): boolean {
  const text = query(c, name);
  if (text === undefined || text === "false" || text === "0") return false;
  if (text === "" || text === "true" || text === "1") return true;
  throw new Refusal(400, "bad_request", `${name} must be true or false`);
}

/** A whole number from 1. @throws Refusal when it is none */
export function positive(c: Context, name: string): number | undefined {
  const text = query(c, name);
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,17}$/.test(text)) return Number(text);
  throw new Refusal(400, "bad_request", `${name} must be a whole number from 1`);
}

/** A part of the address between slashes. */
export function part(c: Context, name: string): string {
  return noNul(c.req.param(name) ?? "");
}
