import { describe, expect, test } from "vitest";
import { renderDoctor } from "../../src/format/doctor.ts";
import { createPaint, measure } from "../../src/format/terminal.ts";
import { problem } from "../../src/problem.ts";
import type { Snapshot } from "../../src/snapshot.ts";
import { buildAgent, buildInstallation, buildSnapshot, buildStore } from "../snapshot-builder.ts";
import { sampleSnapshot } from "./sample.ts";

const OWN = [{ label: "state", text: "/home/user/.local/state/agent-auth-exporter", isGood: true }];

function render(snapshot: Snapshot, width: number): string {
  const facts = { snapshot, own: OWN, titleOf: (format: string) => format };
  return renderDoctor(facts, { width, paint: createPaint(false) });
}

describe("doctor", () => {
  test.each([40, 60, 80, 200])("fits into %i columns, and no path loses a part", (width) => {
    const searched = ["/home/user/.openclaw", `/srv/${"long-name/".repeat(9)}.clawdbot`, `/${"x".repeat(90)}`];
    const text = render({ ...sampleSnapshot(), searched }, width);
    expect(text.split("\n").filter((line) => measure(line) > width)).toEqual([]);
    const whole = text.replaceAll(/\n +/g, "");
    const stores = sampleSnapshot().installations.flatMap((installation) => installation.stores);
    for (const path of [...searched, ...stores.map((store) => store.path), "/home/user/.openclaw/openclaw.json"]) {
      expect(whole).toContain(path);
    }
  });

  test("the rest of a path stands further in than its beginning", () => {
    const searched = ["/home/somebody-with-a-name/.claude/.credentials.json", "/home/user/.codex/auth.json"];
    expect(render(buildSnapshot({ installations: [], searched }), 40)).toContain(
      "searched\n    /home/somebody-with-a-name/\n      .claude/.credentials.json\n    /home/user/.codex/auth.json\n",
    );
  });

  test("a store of another host is mended there", () => {
    const stores = [buildStore({ path: "vps:/home/ada/auth.json", hasInsecureMode: true })];
    const text = render(buildSnapshot({ installations: [buildInstallation({ stores, remote: "vps" })] }), 200);
    expect(text).toMatch(/→ chmod 600 \/home\/ada\/auth\.json +# on vps\n/);
  });

  test("a store that OpenClaw has to import comes with the whole command, once", () => {
    const found = problem("migration_required", "/x/auth.json", "/x/auth.json is no longer read; import it");
    const action = "openclaw --profile dev doctor --fix";
    const agent = buildAgent({ reason: "migration_required", action });
    const stores = [buildStore({ isUp: false, problems: [found] })];
    const installations = [buildInstallation({ stores, agents: [agent, { ...agent, id: "two" }] })];
    expect(render(buildSnapshot({ installations }), 100)).toContain(
      `      ! migration_required: /x/auth.json is no longer read; import it\n        → ${action}\n`,
    );
    expect(render(buildSnapshot({ installations }), 100).match(/doctor --fix/g)).toHaveLength(1);
  });
});
