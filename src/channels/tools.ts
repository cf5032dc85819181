import { VERSION } from "../version.ts";
import type { ChannelTools } from "./channel.ts";

const PROXY_VARIABLES = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"];

/**
 * What channels may use of the world. `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, in either case, are honoured; without
 * them Node's own fetch is used.
 */
export function createChannelTools(env: ChannelTools["env"], externalUrl: string | null): ChannelTools {
  const hasProxy = PROXY_VARIABLES.some((name) => Boolean(env[name]));
  return {
    env,
    fetch: hasProxy ? createProxyFetch(env) : fetch,
    userAgent: `agent-auth-exporter/${VERSION}`,
    externalUrl,
  };
}

/** Node's own fetch knows proxies since 22.21 and only when asked at its start, so this loads the library behind it. */
function createProxyFetch(env: ChannelTools["env"]): typeof fetch {
  const open = async () => {
    const undici = await import("undici");
    const either = (name: string) => env[name.toLowerCase()] || env[name] || "";
    const dispatcher = new undici.EnvHttpProxyAgent({
      httpProxy: either("HTTP_PROXY"),
      httpsProxy: either("HTTPS_PROXY"),
      noProxy: either("NO_PROXY"),
    });
    return (input: string | URL, init: object) => undici.fetch(input, { ...init, dispatcher });
  };
  let opened: ReturnType<typeof open> | null = null;
  const proxied = async (input: string | URL, init: object = {}): Promise<unknown> => {
    opened ??= open();
    return (await opened)(input, init);
  };
  // The library's types and Node's describe the same thing under two names.
  return proxied as typeof fetch;
}
