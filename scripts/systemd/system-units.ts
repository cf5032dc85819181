import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { waitFor } from "../../test/wait.ts";
import type { Machine } from "./machine.ts";
import { expectMetric, expectRun, findOurs, hasWal, listStateDir, setExpiry, show, USER } from "./world.ts";

const SERVICE = "agent-auth-exporter.service";
const CHECK = "agent-auth-check.service";
const UNITS = "/etc/systemd/system";
const UP = 'agent_auth_store_up{installation="pat-openclaw",agent="main"} 1';
const CAN_ANSWER = 'agent_auth_agent_can_answer{installation="pat-openclaw",agent="main"}';

export async function testService(machine: Machine): Promise<void> {
  const before = listStateDir(machine);
  expectRun(machine, "agent-auth install systemd");
  assert.equal(show(machine, SERVICE, "ActiveState"), "active");
  await expectMetric(machine, UP);
  await expectMetric(machine, `${CAN_ANSWER} 1`);
  assert(hasWal(machine), "a writer was at work");
  const pid = show(machine, SERVICE, "MainPID");
  const status = expectRun(machine, `grep -E '^(Uid|CapEff|NoNewPrivs|Seccomp):' /proc/${pid}/status`);
  assert.match(status, /^CapEff:\s+0000000000000004$/m, "it may read, and nothing else");
  assert.match(status, /^Uid:\s+[1-9]/m, "it is not root");
  assert.match(status, /^Seccomp:\s+2$/m);
  assert.equal(machine.run("agent-auth check --quiet", USER).code, 0, "who asks for themselves is not told of others");
  assert.match(show(machine, SERVICE, "StatusText"), /^1 profile: .*1 agent: 1 can answer$/);
  setExpiry(machine, -1);
  await expectMetric(machine, `${CAN_ANSWER} 0`);
  setExpiry(machine, 2_000);
  await expectMetric(machine, `${CAN_ANSWER} 1`);
  assert.equal(listStateDir(machine), before, "nothing below the state directory came, went or changed hands");
}

export async function testReload(machine: Machine): Promise<void> {
  const config = join(machine.root, "etc/agent-auth-exporter/all-users.yaml");
  const written = readFileSync(config, "utf8");
  const pid = show(machine, SERVICE, "MainPID");
  writeFileSync(config, `${written}policy:\n  warnWithin: soon\n`);
  expectRun(machine, `systemctl reload ${SERVICE}`);
  await waitFor("the status of a bad config", () =>
    show(machine, SERVICE, "StatusText").startsWith("a config cannot be used") ? true : null,
  );
  writeFileSync(config, `${written}policy:\n  warnWithin: 48h\n`);
  expectRun(machine, `systemctl reload ${SERVICE}`);
  await expectMetric(machine, "agent_auth_warn_window_seconds 172800");
  await waitFor("the end of the reload", () => (show(machine, SERVICE, "ActiveState") === "active" ? true : null));
  assert.equal(show(machine, SERVICE, "MainPID"), pid);
}

/** It would not get better by being started again. */
export async function testBadConfig(machine: Machine): Promise<void> {
  const config = join(machine.root, "etc/agent-auth-exporter/all-users.yaml");
  const written = readFileSync(config, "utf8");
  writeFileSync(config, `${written}nonsense: true\n`);
  assert.notEqual(machine.run(`systemctl restart ${SERVICE}`).code, 0);
  assert.equal(show(machine, SERVICE, "ActiveState"), "failed");
  assert.equal(show(machine, SERVICE, "NRestarts"), "0");
  await waitFor("the report of the failure", () =>
    expectRun(machine, "journalctl -p crit").includes(`${SERVICE} failed (result exit-code, status 78)`) ? true : null,
  );
  writeFileSync(config, written);
  expectRun(machine, `systemctl restart ${SERVICE}`);
}

export async function testKill(machine: Machine): Promise<void> {
  const pid = show(machine, SERVICE, "MainPID");
  expectRun(machine, `kill -9 ${pid}`);
  await waitForOther(machine, pid);
  await expectMetric(machine, UP);
}

/** A process that does not run feeds no watchdog. */
export async function testWatchdog(machine: Machine): Promise<void> {
  expectRun(
    machine,
    `mkdir -p ${UNITS}/${SERVICE}.d && printf '[Service]\\nWatchdogSec=2s\\n' > ${UNITS}/${SERVICE}.d/test.conf`,
  );
  expectRun(machine, `systemctl daemon-reload && systemctl restart ${SERVICE}`);
  const pid = show(machine, SERVICE, "MainPID");
  // Longer than the watchdog allows without being fed.
  const fedAt = show(machine, SERVICE, "WatchdogTimestampMonotonic");
  await waitFor("several meals", () =>
    Number(show(machine, SERVICE, "WatchdogTimestampMonotonic")) > Number(fedAt) + 4_000_000 ? true : null,
  );
  assert.equal(show(machine, SERVICE, "MainPID"), pid, "it was fed");
  expectRun(machine, `kill -STOP ${pid}`);
  await waitForOther(machine, pid);
  assert.match(expectRun(machine, `journalctl -u ${SERVICE}`), /Watchdog timeout/);
  expectRun(machine, `rm -r ${UNITS}/${SERVICE}.d && systemctl daemon-reload && systemctl restart ${SERVICE}`);
}

export function testIdempotence(machine: Machine): void {
  const pid = show(machine, SERVICE, "MainPID");
  assert.doesNotMatch(expectRun(machine, "agent-auth install systemd"), /^(write|update)/m);
  assert.equal(show(machine, SERVICE, "MainPID"), pid, "nothing changed, so nothing was started anew");
}

export function testEditedUnit(machine: Machine): void {
  const path = `${UNITS}/${SERVICE}`;
  expectRun(machine, `sed -i s/WatchdogSec=2min/WatchdogSec=9min/ ${path}`);
  assert.match(expectRun(machine, "agent-auth install systemd"), /^keep +\S+exporter\.service: edited/m);
  assert.match(expectRun(machine, `cat ${path}`), /^WatchdogSec=9min$/m);
  assert.match(expectRun(machine, "agent-auth install systemd --force"), /^update +\S+exporter\.service$/m);
  assert.match(expectRun(machine, `cat ${path}`), /^WatchdogSec=2min$/m);
}

/** The same program under another version, as an upgrade leaves it. */
export async function testUpgrade(machine: Machine, changeVersion: (version: string) => void): Promise<void> {
  const pid = show(machine, SERVICE, "MainPID");
  changeVersion("9.9.9");
  assert.match(expectRun(machine, "agent-auth install systemd"), /^update +\S+exporter\.service$/m);
  assert.notEqual(show(machine, SERVICE, "MainPID"), pid, "the new one runs");
  assert.match(
    expectRun(machine, "curl -s http://127.0.0.1:10884/metrics"),
    /agent_auth_build_info\{version="9\.9\.9"/,
  );
}

export async function testTimer(machine: Machine): Promise<void> {
  const before = listStateDir(machine);
  expectRun(machine, "agent-auth install systemd --timer");
  assert.match(expectRun(machine, "systemctl list-timers"), /agent-auth-check\.timer/);
  const run = (): number | null => machine.run(`systemctl start ${CHECK}`).code;
  assert.equal(run(), 0, expectRun(machine, `journalctl -u ${CHECK}`));
  const metrics = "/run/agent-auth-exporter/agent-auth.prom";
  assert.equal(expectRun(machine, `stat -c %a ${metrics}`), "644\n");
  assert.match(
    expectRun(machine, `cat ${metrics}`, USER),
    new RegExp(`^${CAN_ANSWER.replaceAll(/[{}]/g, "\\$&")} 1$`, "m"),
  );

  const failures = (): number =>
    expectRun(machine, "journalctl -p crit")
      .split("\n")
      .filter((line) => line.includes(`${CHECK} failed (result exit-code, status 1)`)).length;
  setExpiry(machine, 5);
  await waitFor("a check that warns", () => {
    assert.equal(run(), 0, "expiring is no failure");
    return show(machine, CHECK, "ExecMainStatus") === "2" ? true : null;
  });
  assert.equal(failures(), 0);
  setExpiry(machine, -1);
  await waitFor("a check that fails", () => (run() === 0 ? null : true));
  await waitFor("the report of the failure", () => (failures() === 1 ? true : null));
  setExpiry(machine, 2_000);
  await waitFor("a check that succeeds again", () => (run() === 0 ? true : null));
  assert.equal(listStateDir(machine), before, "nothing below the state directory came, went or changed hands");
}

/** A secret of a channel, in a file that only root can read. */
export async function testCredential(machine: Machine): Promise<void> {
  const config = join(machine.root, "etc/agent-auth-exporter/all-users.yaml");
  const written = readFileSync(config, "utf8");
  expectRun(machine, "(umask 077; echo CANARY-credential > /etc/agent-auth-exporter/hook-token)");
  const channel = {
    name: "hook",
    type: "webhook",
    url: "http://127.0.0.1:8099/",
    tokenFile: "${CREDENTIALS_DIRECTORY}/hook-token",
  };
  writeFileSync(config, `${written}channels: [${JSON.stringify(channel)}]\n`);
  expectRun(machine, "agent-auth install systemd --credential hook-token:/etc/agent-auth-exporter/hook-token");
  const receiver = `require("node:http").createServer((q, s) => { console.log(q.headers.authorization); s.end(); setTimeout(() => process.exit(), 100); }).listen(8099)`;
  expectRun(machine, `systemd-run --unit=receiver node -e '${receiver}'`);
  setExpiry(machine, -1);
  await waitFor(
    "the message with the secret",
    () => (expectRun(machine, "journalctl -u receiver").includes("Bearer CANARY-credential") ? true : null),
    60_000,
  );
  assert.doesNotMatch(expectRun(machine, `journalctl -u ${SERVICE}`), /CANARY/);
  setExpiry(machine, 2_000);
  writeFileSync(config, written);
  expectRun(machine, "agent-auth install systemd");
}

/** After a reboot. */
export async function expectAllRunning(machine: Machine): Promise<void> {
  for (const unit of [
    SERVICE,
    `agent-auth-exporter@${USER}.service`,
    "agent-auth-check.timer",
    `agent-auth-check@${USER}.timer`,
  ]) {
    await waitFor(unit, () => (show(machine, unit, "ActiveState") === "active" ? true : null), 60_000);
  }
  await expectMetric(machine, UP);
}

export function testUninstall(machine: Machine): void {
  expectRun(machine, "agent-auth install systemd --uninstall --dry-run");
  assert.equal(show(machine, SERVICE, "ActiveState"), "active");
  assert.match(expectRun(machine, "agent-auth install systemd --uninstall"), /^remove /m);
  assert.deepEqual(findOurs(machine.root, UNITS), []);
  assert.deepEqual(findOurs(machine.root, "/etc/sysusers.d"), []);
  assert.deepEqual(
    readdirSync(join(machine.root, "etc/agent-auth-exporter")).toSorted(),
    ["all-users.yaml", "hook-token", "pat.yaml"],
    "what others wrote or edited stays",
  );
  assert.equal(expectRun(machine, "systemctl list-units --all --no-legend 'agent-auth*'").trim(), "");
  assert.doesNotMatch(expectRun(machine, "journalctl"), /systemd is not told how we do/);
  assert.equal(machine.run("ls /run/agent-auth-exporter*").code, 2, "no metrics are left to be scraped");
  assert.equal(
    expectRun(machine, "agent-auth install systemd --uninstall").includes("run "),
    false,
    "nothing is left to do",
  );
}

async function waitForOther(machine: Machine, pid: string): Promise<void> {
  await waitFor(
    "another process",
    () => {
      const [now, state] = [show(machine, SERVICE, "MainPID"), show(machine, SERVICE, "ActiveState")];
      return now !== pid && now !== "0" && state === "active" ? true : null;
    },
    60_000,
  );
}
