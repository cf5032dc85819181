import { describe, expect, test } from "vitest";
import { renderDoctor } from "../../src/format/doctor.ts";
import { renderStatus } from "../../src/format/status.ts";
import { createPaint, measure } from "../../src/format/terminal.ts";
import {
  buildAgent,
  buildInstallation,
  buildProfile,
  buildProvider,
  buildSnapshot,
  buildStore,
  inHours,
  toEffective,
} from "../snapshot-builder.ts";
import { problem } from "../../src/problem.ts";
import { sampleSnapshot } from "./sample.ts";

const plain = createPaint(false);

function render(width: number): string {
  return renderStatus(sampleSnapshot(), { width, paint: plain });
}

describe("status for a person", () => {
  test("says by agent whether it can answer, and why not", () => {
    const lines = render(200).split("\n");
    expect(lines).toContain("  i main  info, can answer");
    expect(lines).toContain("  ✗ ops  critical, cannot answer");
    expect(lines).toContain("    no usable openrouter credential (none is usable now)");
    expect(lines).toContain("  ? dev  warning, not known whether it can answer");
  });

  test("counts down, tells why something cannot be used, and where it comes from", () => {
    expect(render(200)).toMatch(/✓ openai +openai:default +oauth +expiring +in 3h 12m +refreshes itself when used\n/);
    expect(render(200)).toMatch(
      /openrouter:default +api_key +static +disabled \(billing\) for 5h, not in use, from _shared\n/,
    );
    expect(render(200)).toMatch(/✓ mistral +MISTRAL_API_KEY +environment\n/);
  });

  test("where only a host that does not answer was asked, nobody is sent to look for homes here", () => {
    const remote = {
      name: "nas",
      address: "https://nas.example.com",
      isUp: false,
      askedAt: null,
      lastSeenAt: null,
      lastCheckAt: null,
      verdict: "warning",
      problem: null,
    } as const;
    const snapshot = buildSnapshot({ installations: [], searched: [], remotes: [remote] });
    expect(renderStatus(snapshot, { width: 200, paint: plain })).not.toMatch(/no home directory|--state-dir/);
    const facts = { snapshot, own: [], titleOf: (format: string) => format };
    expect(renderDoctor(facts, { width: 200, paint: plain })).not.toMatch(/no home directory|--state-dir/);
    const answering = { ...snapshot, remotes: [{ ...remote, isUp: true }] };
    expect(renderStatus(answering, { width: 200, paint: plain })).toContain("no OpenClaw");
  });

  test("where neither this host nor another is looked at, that is said, and not where to look", () => {
    const snapshot = buildSnapshot({ installations: [], searched: [] });
    const said = "nothing is watched, because `discovery.local` is false and `remotes` names no host; ";
    for (const text of [
      renderStatus(snapshot, { width: 200, paint: plain }),
      renderDoctor({ snapshot, own: [], titleOf: String }, { width: 200, paint: plain }),
    ]) {
      expect(text).toContain(said);
      expect(text).not.toContain("--state-dir");
    }
  });

  test("a shared credential stands under each agent that uses it, what to do about it under the first", () => {
    const shared = buildProfile({ owner: "_shared", status: "expired", verdict: "warning", action: "openclaw login" });
    const spare = buildProfile({ owner: "_shared", profileId: "groq:x", provider: "groq", type: "api_key" });
    const providers = [buildProvider(), buildProvider({ provider: "groq", isInUse: false })];
    const agent = buildAgent({ profiles: [shared, spare].map(toEffective), providers });
    const agents = [agent, { ...agent, id: "ops" }];
    const installations = [buildInstallation({ profiles: [shared, spare], agents })];
    const text = renderStatus(buildSnapshot({ installations }), { width: 200, paint: plain });
    expect(text.match(/anthropic:default/g)).toHaveLength(2);
    expect(text.match(/→ openclaw login/g)).toHaveLength(1);
    expect(text.match(/groq:x/g)).toHaveLength(1);
  });

  test("an agent's own advice is not repeated below it", () => {
    const expired = buildProfile({ status: "expired", verdict: "critical", action: "openclaw login" });
    const agent = buildAgent({ profiles: [toEffective(expired)], action: "openclaw login" });
    const installations = [buildInstallation({ profiles: [expired], agents: [agent] })];
    const text = renderStatus(buildSnapshot({ installations }), { width: 200, paint: plain });
    expect(text.match(/→ openclaw login/g)).toHaveLength(1);
  });

  test("shows logins of other CLIs, which no agent sees", () => {
    expect(render(200)).toContain("✓ _cli  login of another CLI");
  });

  test("ends with the sums", () => {
    expect(render(200).trimEnd().split("\n").at(-1)).toBe(
      "6 profiles: 1 ok, 1 expiring, 2 expired, 1 missing, 1 static · 3 agents: 1 can answer · 1 cannot · 1 unknown",
    );
  });

  test.each([40, 50, 60, 72, 80, 100, 200])("fits into %i columns but for words of a command", (width) => {
    const wide = render(width)
      .split("\n")
      .filter((line) => measure(line) > width);
    expect(wide.filter((line) => !line.includes("anthropic:peter.longname@subsidiary.example.com"))).toEqual([]);
  });

  test("on a phone each fact has its own place instead of a broken table", () => {
    expect(render(40)).toContain(
      "    ✓ openai:default\n      oauth · expiring in 3h 12m ·\n      refreshes itself when used\n",
    );
  });

  test("every command can be copied whole at any width", () => {
    const command =
      "openclaw models auth login --provider anthropic --profile-id anthropic:peter.longname@subsidiary.example.com --agent main";
    for (const width of [40, 80, 200]) {
      expect(render(width).replace(/ \\\n +/g, " ")).toContain(`→ ${command}\n`);
    }
  });

  test("colours are no more than paint", () => {
    const painted = renderStatus(sampleSnapshot(), { width: 100, paint: createPaint(true) });
    // oxlint-disable-next-line no-control-regex -- the escape sequences are what is looked at
    expect(painted.replace(/\u001b\[\d+m/g, "")).toBe(render(100));
    expect(painted).not.toBe(render(100));
  });

  test("nothing found: says where it looked", () => {
    const text = renderStatus(buildSnapshot({ installations: [] }), { width: 200, paint: plain });
    expect(text).toContain(
      "installation found; searched /home/user. Name one with --state-dir or its home with --home",
    );
  });

  test("an end stored in seconds is no countdown", () => {
    const profile = buildProfile({ status: "expired", reasonCode: "expires_in_seconds", expiresAt: inHours(215) });
    const text = renderStatus(buildSnapshot({ installations: [buildInstallation({ profiles: [profile] })] }), {
      width: 200,
      paint: plain,
    });
    expect(text).toMatch(
      /anthropic:default +token +expired +its end is stored in seconds, which OpenClaw takes for 1970; probably meant: in 8d 23h\n/,
    );
  });

  test("what was read in spite of an oddity has no mark of the unknown", () => {
    const odd = problem("invalid_entry", "/x/auth.json", "1 entry has no provider; correct it");
    const blind = problem("bad_json", "/x/other.json", "is not JSON");
    const store = buildStore({ problems: [odd, blind] });
    const snapshot = buildSnapshot({ installations: [buildInstallation({ stores: [store] })], problems: [odd] });
    const text = renderStatus(snapshot, { width: 200, paint: plain });
    expect(text.match(/^  ! invalid_entry: .*$/gm)).toHaveLength(2);
    expect(text).toContain("  ? bad_json: is not JSON");
  });

  test("stale data is said to be so", () => {
    const found = problem("sqlite_busy", "/x/db.sqlite", "locked by its writer");
    const store = buildStore({ isUp: false, isStale: true, readAt: inHours(-2), problems: [found] });
    const text = renderStatus(buildSnapshot({ installations: [buildInstallation({ stores: [store] })] }), {
      width: 200,
      paint: plain,
    });
    expect(text).toContain("? sqlite_busy: locked by its writer (/x/db.sqlite); showing what was read 2h ago");
  });

  test("hostile ids cannot act on the terminal or show a secret", () => {
    const profile = buildProfile({
      profileId: "\u001b[2Jsk-ant-oat01-CANARYCANARY\u202e日本🦞",
      provider: "an\u0007thropic",
      action: "openclaw models auth login --profile-id '\u001b]0;x\u0007sk-ant-oat01-CANARYCANARY'",
    });
    const agent = buildAgent({
      id: "\u001b[31mmain",
      profiles: [toEffective(profile)],
      providers: [buildProvider({ provider: profile.provider })],
    });
    const snapshot = buildSnapshot({
      installations: [buildInstallation({ id: "a\u009bb", profiles: [profile], agents: [agent] })],
    });
    for (const width of [40, 200]) {
      const text = renderStatus(snapshot, { width, paint: plain });
      // oxlint-disable-next-line no-control-regex -- none may be left
      expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
      expect(text).not.toContain("CANARY");
      expect(text).toContain("日本🦞");
    }
  });
});
