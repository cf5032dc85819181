import { errorCode } from "../files.ts";
import { describeProxyFailure } from "./proxy-failure.ts";
import type { HttpTarget } from "./target.ts";

/** Why there was no answer, and what to do. The code of a failed connection alone: its message quotes addresses. */
export function describeFailure(error: unknown, { url, config }: HttpTarget): string {
  const code = errorCode(error);
  const ofProxy = describeProxyFailure(error, url);
  if (ofProxy !== null) return ofProxy;
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return `its certificate is not for ${url.hostname}; ask by a name that stands in it`;
  }
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID") {
    return "its certificate has expired, or is of a time to come; renew it there, or set the clock that is wrong";
  }
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/.test(code)) {
    return config.caFile === null
      ? `its certificate is not trusted (${code}); name the authority's file in \`caFile\``
      : `its certificate is not signed by what \`caFile\` holds (${code}); put the authority that signed it there`;
  }
  if (code === "ECONNREFUSED") return `no answer (${code}), nothing listens there; start agent-auth serve on that host`;
  return /^(?:EPROTO|ERR_SSL)/.test(code)
    ? `it does not speak TLS as expected (${code}); is it http:// rather than https://?`
    : `no answer (${code})`;
}
