import type { FormatReading, LoginFormat, ParseContext } from "./format.ts";
import { parseJwt } from "./jwt.ts";
import { notALogin, readingOf } from "./login-entry.ts";
import { isRecord } from "../record.ts";

export interface OAuthCredsOptions {
  readonly title: string;
  /** The CLI's name for a person. */
  readonly cli: string;
  readonly homePath: string;
  readonly profileId: string;
  readonly provider: string;
}

/** The login format that Gemini CLI made and its descendants kept: `oauth_creds.json` with Google's field names. */
export function oauthCreds({ title, cli, homePath, profileId, provider }: OAuthCredsOptions): LoginFormat {
  const parse = (store: unknown, context: ParseContext): FormatReading => {
    if (!isRecord(store)) return notALogin(cli, context);
    const entry = {
      provider,
      type: "oauth",
      access: store["access_token"],
      refresh: store["refresh_token"],
      email: parseJwt(store["id_token"]).email,
      ...("expiry_date" in store ? { expires: store["expiry_date"] } : {}),
    };
    return readingOf(profileId, entry, context);
  };
  return { title, homePath, provider, directoryVariable: null, parse: ({ store }, context) => parse(store, context) };
}
