import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inHours, token, writeHome } from "../commands/json-home.ts";
import { startServe } from "../run-serve.ts";
import { waitFor } from "../wait.ts";

export const MAIL_USER = "agents";
export const MAIL_PASSWORD = "CANARY-mail-password";

/** `agent-auth serve` over a home whose only token ends in three hours, and a config that names a mail server. */
export interface MailServe {
  /** All that it printed so far. */
  output(): string;
  /** How many messages wait, as its metric says; undefined when it is not exposed. */
  pending(): Promise<string | undefined>;
  /** Waits for so many attempts with that outcome since the start. */
  untilTried(outcome: "delivered" | "retried", times: number): Promise<void>;
  /** Makes the owner write the store with a token that ends in so many hours, and waits for the check of it. */
  replaceToken(hours: number): Promise<void>;
  /** A check of what is there already, for a reload, and another for a store rewritten as it was. */
  checkAgain(): Promise<void>;
  kill(): Promise<void>;
}

/**
 * The config is the example of docs/alerts.md, for a server with a certificate of its own; without one, for a server of
 * this host that takes mail in the clear and asks for no login.
 */
export async function startMailServe(home: string, port: number, cert: string | null): Promise<MailServe> {
  const config = join(home, "config.yaml");
  writeFileSync(
    config,
    `timezone: Europe/Berlin
channels:
  - name: mail
    type: email
    host: localhost
    port: ${port}
${cert === null ? "    security: none" : writeLogin(home, cert)}
    from: Agents <agents@example.com>
    to: [ada@example.com]
`,
  );
  let end = inHours(3);
  writeHome(home, { "anthropic:default": token(end) });
  const serving = await startServe([`--config.file=${config}`], { home });

  const metric = async (series: string): Promise<string | undefined> => {
    const lines = (await (await fetch(`${serving.url}/metrics`)).text()).split("\n");
    return lines.find((line) => line.startsWith(`${series} `))?.slice(series.length + 1);
  };
  const checks = async (): Promise<number> => Number(await metric('agent_auth_checks_total{outcome="ok"}'));
  const checkedAfter = async (act: () => void): Promise<void> => {
    const before = await checks();
    act();
    await waitFor("another check", async () => ((await checks()) > before ? true : null));
  };
  const rewriteStore = (): void => {
    const aside = join(home, "aside");
    mkdirSync(aside, { recursive: true });
    writeHome(aside, { "anthropic:default": token(end) });
    const store = ".openclaw/agents/main/agent/auth-profiles.json";
    renameSync(join(aside, store), join(home, store));
  };

  return {
    output: () => serving.stderr() + JSON.stringify(serving.log),
    pending: () => metric('agent_auth_notifications_pending{channel="mail"}'),
    async untilTried(outcome, times) {
      const series = `agent_auth_notifications_total{channel="mail",outcome="${outcome}"}`;
      const ask = async () => (Number(await metric(series)) >= times ? true : null);
      await waitFor(`${times} × ${outcome}`, ask, 30_000);
    },
    async replaceToken(hours) {
      end = inHours(hours);
      await checkedAfter(rewriteStore);
    },
    async checkAgain() {
      await checkedAfter(() => serving.signal("SIGHUP"));
      await checkedAfter(rewriteStore);
    },
    async kill() {
      serving.signal("SIGKILL");
      await serving.ended;
    },
  };
}

function writeLogin(home: string, cert: string): string {
  const [ca, password] = [join(home, "ca.pem"), join(home, "smtp-password")];
  writeFileSync(ca, cert);
  writeFileSync(password, `${MAIL_PASSWORD}\n`, { mode: 0o600 });
  return `    caFile: ${ca}
    user: ${MAIL_USER}
    passwordFile: ${password}`;
}
