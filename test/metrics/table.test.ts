import { describe, expect, it } from "vitest";
import { renderPromText } from "../../src/metrics/expose.ts";
import { METRICS_OF_CHECK, METRICS_OF_STORES } from "../../src/metrics/table.ts";
import { PROBLEM_REASONS, problem } from "../../src/problem.ts";
import type { InstallationReport, Snapshot } from "../../src/snapshot.ts";
import { parseExposition } from "./parse-exposition.ts";
import type { Series } from "./parse-exposition.ts";
import {
  NOW,
  agent,
  fleet,
  installation,
  minutesFromNow,
  profile,
  provider,
  richSnapshot,
  snapshot,
  store,
} from "./sample-snapshot.ts";

const BUILD = { version: "0.1.0", revision: "abc", nodeVersion: "v24.0.0" };
const PROFILE = { installation: "openclaw", agent: "main", provider: "anthropic", profile: "anthropic:default" };
const AGENT = { installation: "openclaw", agent: "main" };

function render(shown: Snapshot, maxSeries = 10_000): readonly Series[] {
  return parseExposition(renderPromText(shown, { emails: "masked", maxSeries, build: BUILD, checkCode: 1 }));
}

function of(name: string, given: Partial<InstallationReport>): readonly Omit<Series, "name">[] {
  const shown = render(snapshot({ installations: [installation(given)] }));
  return shown.filter((series) => series.name === `agent_auth_${name}`).map(({ labels, value }) => ({ labels, value }));
}

describe("metrics of a profile", () => {
  it("tells the expiry, also after it has passed", () => {
    const expiresAt = minutesFromNow(-30);
    expect(of("profile_expiry_timestamp_seconds", { profiles: [profile({ expiresAt, status: "expired" })] })).toEqual([
      { labels: { ...PROFILE, type: "oauth" }, value: expiresAt.getTime() / 1_000 },
    ]);
  });

  it("has no expiry series where none is recorded, or none that is a date", () => {
    const profiles = [profile({ expiresAt: null }), profile({ profileId: "b", expiresAt: new Date(Number.NaN) })];
    expect(of("profile_expiry_timestamp_seconds", { profiles })).toEqual([]);
  });

  it("shows all five words of the status, one of them at 1", () => {
    const words = of("profile_status", { profiles: [profile({ status: "expiring" })] });
    expect(Object.fromEntries(words.map(({ labels, value }) => [labels["status"], value]))).toEqual({
      ok: 0,
      expiring: 1,
      expired: 0,
      missing: 0,
      static: 0,
    });
  });

  it("shows only the current verdict", () => {
    expect(
      of("profile_verdict", { profiles: [profile({ verdict: "critical", verdictReason: "refresh_failed" })] }),
    ).toEqual([{ labels: { ...PROFILE, verdict: "critical", reason: "refresh_failed" }, value: 1 }]);
  });

  it.each([
    ["a reason of OpenClaw's", "rate_limit", "rate_limit"],
    ["the reason of a block", "subscription_limit", "subscription_limit"],
    ["a word nobody knows", "sk-ant-CANARY-0123456789", "other"],
  ])("tells until when it is unusable: %s", (_, reason, label) => {
    const unusable = { kind: "cooldown", reason, until: minutesFromNow(5), model: null } as const;
    expect(of("profile_unusable", { profiles: [profile({ unusable })] })).toEqual([{ labels: PROFILE, value: 1 }]);
    expect(of("profile_unusable_until_timestamp_seconds", { profiles: [profile({ unusable })] })).toEqual([
      { labels: { ...PROFILE, kind: "cooldown", reason: label }, value: minutesFromNow(5).getTime() / 1_000 },
    ]);
  });

  it("says 0 for a usable one, and gives no end of a window", () => {
    expect(of("profile_unusable", {})).toEqual([{ labels: PROFILE, value: 0 }]);
    expect(of("profile_unusable_until_timestamp_seconds", {})).toEqual([]);
  });

  it("has errors always, and last use and failure only when recorded", () => {
    expect(of("profile_errors", {})).toEqual([{ labels: PROFILE, value: 0 }]);
    expect(of("profile_last_used_timestamp_seconds", {})).toEqual([]);
    expect(of("profile_last_failure_timestamp_seconds", { profiles: [profile({ lastFailureAt: NOW })] })).toEqual([
      { labels: PROFILE, value: NOW.getTime() / 1_000 },
    ]);
  });

  it("shows one series for one key, of two rows the one with the worse verdict", () => {
    const profiles = [profile(), profile({ verdict: "critical", verdictReason: "expired" })];
    expect(of("profile_verdict", { profiles })).toEqual([
      { labels: { ...PROFILE, verdict: "critical", reason: "expired" }, value: 1 },
    ]);
  });

  it("tells apart ids that masking made equal, but not across providers", () => {
    const profiles = ["peter@example.com", "paul@example.com"].map((profileId) => profile({ profileId }));
    const labels = of("profile_errors", {
      profiles: [...profiles, profile({ profileId: "pia@example.com", provider: "openai" })],
    });
    expect(labels.map((series) => series.labels["profile"])).toEqual([
      expect.stringMatching(/^p\*\*\*@example\.com~[0-9a-f]{4}$/),
      expect.stringMatching(/^p\*\*\*@example\.com~[0-9a-f]{4}$/),
      "p***@example.com",
    ]);
  });
});

describe("metrics of an agent", () => {
  it.each([
    ["yes", true, [{ labels: AGENT, value: 1 }]],
    ["no", false, [{ labels: AGENT, value: 0 }]],
    ["unknown is absent", null, []],
  ] as const)("whether it can answer: %s", (_, canAnswer, series) => {
    expect(of("agent_can_answer", { agents: [agent({ canAnswer })] })).toEqual(series);
  });

  it("its verdict and check code", () => {
    const agents = [agent({ verdict: "critical", reason: "no_usable_credential", checkCode: 1 })];
    expect(of("agent_check_code", { agents })).toEqual([{ labels: AGENT, value: 1 }]);
    expect(of("agent_verdict", { agents })).toEqual([
      { labels: { ...AGENT, verdict: "critical", reason: "no_usable_credential" }, value: 1 },
    ]);
  });

  it("its providers", () => {
    const agents = [agent({ providers: [provider({ usable: 1, total: 3, status: "expiring", isInUse: false })] })];
    const labels = { ...AGENT, provider: "anthropic" };
    expect(of("provider_usable_profiles", { agents })).toEqual([{ labels, value: 1 }]);
    expect(of("provider_profiles", { agents })).toEqual([{ labels, value: 3 }]);
    expect(of("provider_in_use", { agents })).toEqual([{ labels, value: 0 }]);
    expect(of("provider_status", { agents }).filter(({ value }) => value === 1)).toEqual([
      { labels: { ...labels, status: "expiring" }, value: 1 },
    ]);
  });
});

describe("metrics of a store", () => {
  it("has every reason at 0, and the count of those met", () => {
    const problems = [problem("invalid_entry", "/x", "3 entries are no credentials", 3)];
    const counts = of("store_problems", { stores: [store({ problems })] });
    expect(counts.map(({ labels }) => labels["reason"])).toEqual([...PROBLEM_REASONS]);
    expect(counts.filter(({ value }) => value !== 0)).toEqual([
      { labels: { ...AGENT, reason: "invalid_entry" }, value: 3 },
    ]);
  });

  it("was last read at the check when up, and at its last good reading when not", () => {
    const readAt = minutesFromNow(-90);
    expect(of("store_last_success_timestamp_seconds", { stores: [store({ readAt })] })).toEqual([
      { labels: AGENT, value: NOW.getTime() / 1_000 },
    ]);
    expect(of("store_last_success_timestamp_seconds", { stores: [store({ isUp: false, readAt })] })).toEqual([
      { labels: AGENT, value: readAt.getTime() / 1_000 },
    ]);
    expect(of("store_last_success_timestamp_seconds", { stores: [store({ isUp: false, readAt: null })] })).toEqual([]);
  });

  it("merges two stores of one owner to the worse of them", () => {
    const stores = [
      store({ problems: [problem("bad_json", "/a", "cut off")] }),
      store({
        format: "legacy",
        isUp: false,
        hasInsecureMode: true,
        modifiedAt: NOW,
        readAt: null,
        problems: [problem("bad_json", "/b", "cut off")],
      }),
    ];
    expect(of("store_up", { stores })).toEqual([{ labels: AGENT, value: 0 }]);
    expect(of("store_insecure_mode", { stores })).toEqual([{ labels: AGENT, value: 1 }]);
    expect(of("store_modified_timestamp_seconds", { stores })).toEqual([
      { labels: AGENT, value: NOW.getTime() / 1_000 },
    ]);
    expect(of("store_last_success_timestamp_seconds", { stores })).toEqual([]);
    expect(of("store_problems", { stores }).find(({ labels }) => labels["reason"] === "bad_json")?.value).toBe(2);
    expect(of("store_info", { stores }).map(({ labels }) => labels["format"])).toEqual([
      "auth-profiles-json",
      "legacy",
    ]);
  });

  it("counts problems of the installation and of the search beside those of stores", () => {
    const shown = render(
      snapshot({
        problems: [problem("permission_denied", "/home/anna", "no")],
        installations: [installation({ problems: [problem("config_invalid", "/x", "no")] })],
      }),
    );
    const met = shown.filter(({ name, value }) => name.endsWith("_problems") && value > 0);
    expect(met.map(({ name, labels }) => `${name} ${labels["reason"]}`)).toEqual([
      "agent_auth_installation_problems config_invalid",
      "agent_auth_discovery_problems permission_denied",
    ]);
  });
});

describe("every metric", () => {
  const series = render(richSnapshot());
  const rows = [...METRICS_OF_STORES, ...METRICS_OF_CHECK];

  it.each(rows.map((row) => [row.name, row] as const))(
    "%s has the labels the table says, in the output or not at all",
    (name, row) => {
      for (const { labels } of series.filter((found) => found.name === name)) {
        expect(Object.keys(labels)).toEqual([...row.labels]);
      }
    },
  );

  it("is in the one-shot output unless the table says otherwise", () => {
    const present = new Set(series.map(({ name }) => name));
    const missing = rows.filter(({ name }) => !present.has(name)).map(({ name, absent }) => [name, absent]);
    expect(missing).toEqual(
      rows.filter(({ absent }) => absent.includes("one-shot")).map(({ name, absent }) => [name, absent]),
    );
  });

  it("has no series twice", () => {
    const keys = series.map(({ name, labels }) => JSON.stringify([name, labels]));
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("shows no path and no e-mail address", () => {
    const text = renderPromText(richSnapshot(), { emails: "masked", maxSeries: 10_000, build: BUILD, checkCode: 1 });
    expect(text).not.toMatch(/\/home|peter@/);
  });
});

describe("metrics.maxSeries", () => {
  const profiles = [
    profile({ profileId: "late", expiresAt: minutesFromNow(900) }),
    profile({ profileId: "bad", verdict: "critical", verdictReason: "expired" }),
    profile({ profileId: "soon", expiresAt: minutesFromNow(60) }),
    profile({ profileId: "warned", verdict: "warning", verdictReason: "expiring" }),
    profile({ profileId: "never", expiresAt: null }),
  ];
  const shown = snapshot({ installations: [installation({ profiles })] });
  const whole = render(shown);
  // All that counts: what the stores make, and one series for each that every check renews.
  const total = whole.filter(({ name }) => METRICS_OF_STORES.some((row) => row.name === name)).length + 1;
  const profilesIn = (series: readonly Series[]) => new Set(series.flatMap(({ labels }) => labels["profile"] ?? []));
  const droppedIn = (series: readonly Series[]) =>
    series.find(({ name }) => name === "agent_auth_series_dropped_total")?.value;

  it.each([
    ["all fit", 0, ["late", "bad", "soon", "warned", "never"]],
    ["one too many", 1, ["late", "bad", "soon", "warned"]],
    ["one profile's worth and one", 14, ["bad", "soon", "warned"]],
    ["three", 22, ["bad", "warned"]],
  ])("leaves out whole profiles, the best and then the latest first: %s", (_name, tooMany, kept) => {
    const cut = render(shown, total - tooMany);
    expect(profilesIn(cut)).toEqual(new Set(kept));
    for (const id of kept) {
      const ofProfile = (series: readonly Series[]) => series.filter(({ labels }) => labels["profile"] === id);
      expect(ofProfile(cut)).toEqual(ofProfile(whole));
    }
    const others = (series: readonly Series[]) =>
      series.filter(({ name, labels }) => !("profile" in labels) && name !== "agent_auth_series_dropped_total");
    expect(others(cut)).toEqual(others(whole));
    expect(droppedIn(cut)).toBe(whole.length - cut.length);
    expect(droppedIn(cut)).toBeGreaterThanOrEqual(tooMany);
  });

  it.each([0, 1, 99, 1_000, 4_000])("is a limit for all but the exporter itself: %s", (maxSeries) => {
    const agents = fleet(100);
    const cut = render(agents, maxSeries);
    const uncut = render(agents, 1e6);
    const ownOf = (series: readonly Series[]) =>
      series.filter(({ name, labels }) => !("installation" in labels) && name !== "agent_auth_series_dropped_total");
    const counted = cut.filter(({ labels }) => "installation" in labels).length;
    expect(counted).toBeLessThanOrEqual(maxSeries);
    // One more row does not fit, and an agent's store is the largest of them.
    expect(counted).toBeGreaterThan(maxSeries - 25);
    expect(ownOf(cut)).toEqual(ownOf(uncut));
    expect(droppedIn(cut)).toBe(uncut.length - cut.length);
  });

  it("keeps what is bad, whatever it is, before what is well", () => {
    const rich = richSnapshot();
    const bad = render(rich, 1e6).filter(
      ({ name, labels, value }) => name.endsWith("_verdict") && value === 1 && labels["verdict"] === "critical",
    );
    const cut = render(rich, 40);
    expect(bad.length).toBe(2);
    expect(cut).toEqual(expect.arrayContaining(bad));
    expect(cut.filter(({ labels }) => labels["verdict"] === "ok")).toEqual([]);
  });

  it("leaves out what is well by kind: profiles, providers, stores, agents, installations", () => {
    const well = snapshot();
    const sizes = Array.from({ length: 100 }, (_, maxSeries) => render(well, maxSeries));
    const kindsIn = (series: readonly Series[]) =>
      ["installation_problems", "agent_can_answer", "store_up", "provider_in_use", "profile_unusable"].filter((kind) =>
        series.some(({ name }) => name === `agent_auth_${kind}`),
      );
    const seen = [...new Set(sizes.map((series) => kindsIn(series).join()))];
    expect(seen).toEqual([
      "",
      "installation_problems",
      "installation_problems,agent_can_answer",
      "installation_problems,agent_can_answer,store_up",
      "installation_problems,agent_can_answer,store_up,provider_in_use",
      "installation_problems,agent_can_answer,store_up,provider_in_use,profile_unusable",
    ]);
  });
});
