import { createHmac, randomBytes } from "node:crypto";

/** What became of an `Authorization` header; `busy` is too many guesses at once. */
export type LoginOutcome = "granted" | "refused" | "busy";

/** True when a bcrypt hash is that of the password; takes a tenth of a second and more. */
export type ComparePassword = (password: string, hash: string) => Promise<boolean>;

export interface BasicAuth {
  /** `from` is the address that asks: none may have more than a few guesses waiting. Rejects only for a bug. */
  check(authorization: string | undefined, from: string): Promise<LoginOutcome>;
}

/** A guess occupies the processor, so they are looked at one after the other, and only so many wait. */
const MAX_WAITING = 64;
const MAX_WAITING_EACH = 4;
const MAX_KEPT = 512;

const HEADER = /^basic +(?<credentials>[\w+/]+={0,2}) *$/i;
/** Salt and digest of a hash that nothing is compared with in earnest. */
const NOBODY = "abcdefghijklmnopqrstuuabcdefghijklmnopqrstuvwxyzABCDE";

/**
 * Users and their bcrypt hashes.
 * - Each password is hashed once: what came of it is kept under a digest whose key lives in this object alone.
 * - A guess at a user who does not exist takes as long as one at a user who does.
 * - Wrong guesses are kept apart from right ones, so that no number of them drives these out.
 */
export function createBasicAuth(users: ReadonlyMap<string, string>, compare: ComparePassword): BasicAuth {
  const key = randomBytes(32);
  const granted = createRecent();
  const refused = createRecent();
  const pending = new Map<string, Promise<LoginOutcome>>();
  const waiting = new Map<string, number>();
  const costs = [...users.values()].map((hash) => hash.slice(0, 7));
  let total = 0;
  let last: Promise<unknown> = Promise.resolve();

  /** Parts are told apart by their lengths. */
  const digest = (...parts: readonly string[]): Buffer => {
    const hmac = createHmac("sha256", key);
    for (const part of parts) hmac.update(`${Buffer.byteLength(part)}:`).update(part);
    return hmac.digest();
  };
  /** Always the same for a name, and as expensive as that of some user. */
  const hashOfNobody = (user: string): string => {
    const pick = digest(user).readUInt32BE(0) % Math.max(1, costs.length);
    return `${costs[pick] ?? "$2b$10$"}${NOBODY}`;
  };
  const guess = async (password: string, hash: string, isUser: boolean, id: string): Promise<LoginOutcome> => {
    const isRight = (await compare(password, hash)) && isUser;
    (isRight ? granted : refused).add(id);
    return isRight ? "granted" : "refused";
  };

  return {
    async check(authorization, from) {
      const given = readCredentials(authorization);
      if (given === null) return "refused";
      const known = users.get(given.user);
      const hash = known ?? hashOfNobody(given.user);
      const id = digest(given.user, given.password, hash).toString("base64");
      if (granted.has(id)) return "granted";
      if (refused.has(id)) return "refused";
      const underWay = pending.get(id);
      if (underWay !== undefined) return underWay;

      const own = waiting.get(from) ?? 0;
      if (total >= MAX_WAITING || own >= MAX_WAITING_EACH) return "busy";
      total += 1;
      waiting.set(from, own + 1);
      const outcome = last.then(() => guess(given.password, hash, known !== undefined, id));
      last = outcome.catch(() => undefined);
      pending.set(id, outcome);
      try {
        return await outcome;
      } finally {
        pending.delete(id);
        total -= 1;
        const left = (waiting.get(from) ?? 1) - 1;
        if (left === 0) waiting.delete(from);
        else waiting.set(from, left);
      }
    },
  };
}

/** As RFC 7617 has it: the user ends at the first colon. */
function readCredentials(header: string | undefined): { readonly user: string; readonly password: string } | null {
  const encoded = HEADER.exec(header ?? "")?.groups?.["credentials"];
  if (encoded === undefined) return null;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon < 0 ? null : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** The entries added last. */
function createRecent() {
  const entries = new Set<string>();
  return {
    has: (id: string): boolean => entries.has(id),
    add(id: string): void {
      const [oldest] = entries;
      if (entries.size >= MAX_KEPT && oldest !== undefined) entries.delete(oldest);
      entries.add(id);
    },
  };
}
