import type { z } from "zod";

/** The keys of a remote that its address decides about, as they are written. */
interface Given {
  readonly url: string;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly passwordFile?: string | undefined;
  readonly token?: string | undefined;
  readonly tokenFile?: string | undefined;
  readonly caFile?: string | undefined;
  readonly program?: string | undefined;
}

const OWN_KEYS = "where ssh logs in by its own keys";

/** What ssh:// takes no notice of. */
const NOT_OVER_SSH = {
  user: "no user beside an ssh:// address; write it into the address, as in ssh://ada@host",
  password: `no password beside an ssh:// address, ${OWN_KEYS} and nobody can type one; leave it out`,
  passwordFile: `no password beside an ssh:// address, ${OWN_KEYS} and nobody can type one; leave it out`,
  token: `no token beside an ssh:// address, ${OWN_KEYS}; leave it out`,
  tokenFile: `no token beside an ssh:// address, ${OWN_KEYS}; leave it out`,
  caFile: "no certificate authority beside an ssh:// address, whose key ssh knows; leave it out",
} as const satisfies Partial<Record<keyof Given, string>>;

type Complain = (key: keyof Given, text: string) => void;

/**
 * Complains of credentials that would not be sent, or not let anybody in: the remote would be out of reach for ever, or
 * asked with others than one believes.
 */
export function refuseUselessCredentials(given: Given, context: z.RefinementCtx<object>): void {
  const complain: Complain = (key, text) => {
    context.addIssue({ code: "custom", input: null, path: [key], params: { text: `expected ${text}` } });
  };
  if (!URL.canParse(given.url)) return;
  const address = new URL(given.url);
  if (address.protocol === "ssh:") {
    for (const [key, text] of Object.entries(NOT_OVER_SSH) as [keyof typeof NOT_OVER_SSH, string][]) {
      if (given[key] !== undefined) complain(key, text);
    }
    return;
  }
  if (given.program !== undefined) {
    complain("program", "no program beside a web address, where nothing is started; leave it out");
  }
  refuseRivals(given, address, complain);
  if ((given.token ?? given.tokenFile) === undefined) refuseHalves(given, address, complain);
}

/** Of two only one would be sent. */
function refuseRivals(given: Given, { username, password }: URL, complain: Complain): void {
  for (const key of ["password", "token"] as const) {
    if (given[key] === undefined || given[`${key}File`] === undefined) continue;
    complain(`${key}File`, `one ${key}, got \`${key}\` as well; leave one of them out`);
  }
  const token = (["token", "tokenFile"] as const).find((key) => given[key] !== undefined);
  const login = (["user", "password", "passwordFile"] as const).find((key) => given[key] !== undefined);
  if (token !== undefined && (login !== undefined || username !== "")) {
    const other = login === undefined ? "a user in the address" : `\`${login}\``;
    complain(token, `a token alone, got ${other} beside it; leave one of them out`);
  } else if (login !== undefined && ((username !== "" && given.user !== undefined) || password !== "")) {
    complain(login, "it here or in the address, got both; leave one of them out");
  }
}

/** A user without a password, and a password without a user. */
function refuseHalves(given: Given, { username, password }: URL, complain: Complain): void {
  const written = (["password", "passwordFile"] as const).find((key) => given[key] !== undefined);
  const hasUser = given.user !== undefined || username !== "";
  if (written !== undefined && !hasUser) complain(written, "a user beside it, got none; write `user` as well");
  if (!hasUser || written !== undefined || password !== "") return;
  const remedy = "got none; write `passwordFile` or `password`, or";
  if (given.user !== undefined) complain("user", `a password beside it, ${remedy} leave \`user\` out`);
  else complain("url", `a password beside the user in the address, ${remedy} take the user out of it`);
}
