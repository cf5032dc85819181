import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { problem } from "../../src/problem.ts";
import type { Snapshot } from "../../src/snapshot.ts";
import { CONTENT_SECURITY_POLICY } from "../../src/web/page-style.ts";
import { renderPage } from "../../src/web/page.ts";
import type { WebState } from "../../src/web/state.ts";
import {
  NOW,
  agent,
  installation,
  minutesFromNow,
  profile,
  richSnapshot,
  snapshot,
} from "../metrics/sample-snapshot.ts";

function render(shown: Snapshot | null, given: Partial<WebState> = {}, emails: "masked" | "plain" = "masked"): string {
  const state = {
    snapshot: shown,
    lastCheckAt: NOW,
    nextCheckAt: minutesFromNow(5),
    overdueAt: null,
    isDemo: false,
    ...given,
  };
  return renderPage(state, { now: NOW, emails, telemetryPath: "/metrics" });
}

function orderOf(page: string, ...words: readonly string[]): readonly string[] {
  return words.toSorted((left, right) => page.indexOf(left) - page.indexOf(right));
}

describe("renderPage", () => {
  it("does not say that nothing was found where another host has not answered", () => {
    const found = problem("pending", "https://vps", "vps (https://vps) has not answered yet; never seen");
    const times = { askedAt: null, lastSeenAt: null, lastCheckAt: null };
    const remotes = [
      { name: "vps", address: "https://vps", isUp: null, ...times, verdict: "ok", problem: found } as const,
    ];
    const page = render({ ...snapshot({ installations: [] }), searched: [], problems: [found], remotes });
    expect(page).toContain("has not answered yet");
    expect(page).not.toContain("No installation was found");
  });

  it("is a page with a language, captions, scopes and no script", () => {
    const page = render(richSnapshot());
    expect(page).toContain('<html lang="en">');
    expect(page).toContain("<caption>Agents (3)</caption>");
    expect(page).toContain('<th scope="col">Credential</th>');
    expect(page).toContain('<th scope="row">');
    expect(page).not.toMatch(/<script|javascript:|\son\w+=|\sstyle=/);
    expect(CONTENT_SECURITY_POLICY).not.toContain("unsafe");
  });

  it("has a policy that lets its own style through, and no other", () => {
    const style = /<style>(.*?)<\/style>/s.exec(render(snapshot()))?.[1] ?? "";
    expect(CONTENT_SECURITY_POLICY).toContain(
      `style-src 'sha256-${createHash("sha256").update(style).digest("base64")}';`,
    );
  });

  it.each([
    ["a profile id", { profiles: [profile({ profileId: '<script>alert("x")</script>' })] }],
    ["an agent id", { agents: [agent({ id: '"><script>alert(1)</script>' })] }],
    ["an installation id", { id: "<script>alert(1)</script>" }],
    ["a command", { profiles: [profile({ action: "openclaw '<script>'", verdict: "critical" })] }],
    ["an agent's message", { agents: [agent({ message: "<script>alert(1)</script>" })] }],
    ["a path", { problems: [problem("bad_json", "/<script>/x", "<script>")] }],
    [
      "a reason",
      { profiles: [profile({ unusable: { kind: "cooldown", reason: "<script>", until: NOW, model: null } })] },
    ],
  ] as const)("escapes %s", (_, given) => {
    const page = render(snapshot({ installations: [installation(given)] }));
    expect(page).toContain("&lt;script&gt;");
    expect(page).not.toContain("<script");
  });

  it("makes characters visible that could hide or turn around a command", () => {
    const page = render(
      snapshot({ installations: [installation({ profiles: [profile({ action: "a\u202Eb\u0007c" })] })] }),
    );
    expect(page).toContain("<code>a\uFFFDb\uFFFDc</code>");
  });

  it("masks e-mail addresses, and secrets also where addresses are shown", () => {
    const profiles = [profile({ profileId: "peter@example.com" }), profile({ profileId: "sk-ant-CANARY-0123456789" })];
    const shown = snapshot({ installations: [installation({ profiles })] });
    expect(render(shown)).toContain("p***@example.com");
    expect(render(shown)).not.toContain("peter@");
    expect(render(shown, {}, "plain")).toContain("peter@example.com");
    expect(render(shown, {}, "plain")).not.toContain("CANARY");
  });

  it("shows the command that logs in at a host over SSH, and none of what a host says that looks like it", () => {
    const action = "ssh -t ada@vps.example.com 'claude auth login'";
    const times = { askedAt: null, lastSeenAt: null, lastCheckAt: null };
    const remoteAt = (address: string) => ({
      ...snapshot({ installations: [{ ...installation({ profiles: [profile({ action })] }), remote: "vps" }] }),
      remotes: [{ name: "vps", address, isUp: true, ...times, verdict: "ok", problem: null } as const],
    });
    const command = "<code>ssh -t ada@vps.example.com &#39;claude auth login&#39;</code>";
    expect(render(remoteAt("ssh://ada@vps.example.com"))).toContain(command);
    expect(render(remoteAt("https://vps.example.com"))).not.toContain("ada@");
  });

  it("shows no command that masking has changed: it would act on another profile", () => {
    const action = "openclaw models auth paste-token --provider anthropic --profile-id anthropic:peter@example.com";
    const shown = snapshot({ installations: [installation({ profiles: [profile({ action, verdict: "critical" })] })] });
    expect(render(shown)).not.toContain("openclaw models auth");
    expect(render(shown)).toContain("<code>agent-auth status</code> on the host shows the command");
    expect(render(shown, {}, "plain")).toContain(`<code>${action}</code>`);
    const advice = snapshot({
      installations: [
        installation({ profiles: [profile({ action: "# ask peter@example.com", verdict: "critical" })] }),
      ],
    });
    expect(render(advice)).toContain("# ask p***@example.com");
  });

  it("shows agents that cannot answer first, then unknown ones, then by verdict", () => {
    const agents = [
      agent({ id: "fine" }),
      agent({ id: "uneasy", verdict: "warning", reason: "stale" }),
      agent({ id: "unknown", canAnswer: null, verdict: "warning", reason: "sqlite_busy" }),
      agent({ id: "silent", canAnswer: false, verdict: "critical", reason: "no_usable_credential" }),
    ];
    const page = render(snapshot({ installations: [installation({ agents })] }));
    const rows = ["silent<br>", "unknown<br>", "uneasy<br>", "fine<br>"];
    expect(orderOf(page, ...rows)).toEqual(rows);
  });

  it("sorts credentials by verdict, then by what ends first", () => {
    const profiles = [
      profile({ profileId: "calm" }),
      profile({ profileId: "later", verdict: "critical", expiresAt: minutesFromNow(60) }),
      profile({ profileId: "endless", verdict: "critical", expiresAt: null }),
      profile({ profileId: "sooner", verdict: "critical", expiresAt: minutesFromNow(-60) }),
    ];
    const page = render(snapshot({ installations: [installation({ profiles })] }));
    const rows = ["sooner<br>", "later<br>", "endless<br>", "calm<br>"];
    expect(orderOf(page, ...rows)).toEqual(rows);
  });

  it("counts down and gives the absolute time", () => {
    const page = render(
      snapshot({ installations: [installation({ profiles: [profile({ expiresAt: minutesFromNow(185) })] })] }),
    );
    expect(page).toContain(
      'in 3h 5m <small><time datetime="2026-03-01T15:05:00.000Z">2026-03-01 15:05 UTC</time></small>',
    );
    expect(page).toContain('Last check 0s ago <small><time datetime="2026-03-01T12:00:00.000Z">');
  });

  it("gives the command that mends it", () => {
    expect(render(richSnapshot())).toContain(
      "<code>openclaw models auth paste-token --provider anthropic --agent main</code>",
    );
  });

  it("says so in a demo, and only there", () => {
    expect(render(snapshot(), { isDemo: true })).toContain("<strong>Demo.</strong>");
    expect(render(snapshot())).not.toContain("Demo");
  });

  it("says where it looked when there is nothing", () => {
    const page = render(snapshot({ installations: [], searched: ["/home/<b>/.openclaw"] }));
    expect(page).toContain("<li><code>/home/&lt;b&gt;/.openclaw</code></li>");
    expect(page).toContain("--state-dir");
  });

  it("says so before the first check", () => {
    expect(render(null, { lastCheckAt: null, nextCheckAt: null })).toContain("The first check has not ended yet.");
  });
});
