import assert from "node:assert/strict";
import { waitFor } from "../../test/wait.ts";
import type { Machine } from "./machine.ts";
import { expectMetric, expectRun, findOurs, listStateDir, USER } from "./world.ts";

const PORT = 10_886;
const UP = 'agent_auth_store_up{installation="openclaw",agent="main"} 1';
const UNITS = `/home/${USER}/.config/systemd/user`;

export async function testUserUnits(machine: Machine): Promise<void> {
  const before = listStateDir(machine);
  const config = `web: { listenAddress: "127.0.0.1:${PORT}" }`;
  expectRun(
    machine,
    `mkdir -p ~/.config/agent-auth-exporter && echo '${config}' > ~/.config/agent-auth-exporter/config.yaml`,
    USER,
  );
  const refused = machine.run("agent-auth install systemd", USER);
  assert.equal(refused.code, 69, "without a session there is no manager of the user yet");
  assert.match(refused.stderr, /loginctl enable-linger pat/);
  expectRun(machine, `loginctl enable-linger ${USER}`);
  await waitFor("the manager of the user", () =>
    machine.run("XDG_RUNTIME_DIR=/run/user/$(id -u) systemctl --user is-system-running", USER).stdout.trim() ===
    "running"
      ? true
      : null,
  );
  expectRun(machine, "agent-auth install systemd", USER);
  await expectMetric(machine, UP, PORT);
  assert.doesNotMatch(expectRun(machine, "agent-auth install systemd --timer", USER), /linger/);
  assert.equal(runCheck(machine), 0);
  assert.equal(listStateDir(machine), before, "nothing below the state directory came, went or changed hands");
}

export async function expectUserUnitsRunning(machine: Machine): Promise<void> {
  await expectMetric(machine, UP, PORT);
  assert.equal(runCheck(machine), 0);
}

export function testUserUninstall(machine: Machine): void {
  expectRun(machine, "agent-auth install systemd --uninstall", USER);
  assert.deepEqual(findOurs(machine.root, UNITS), []);
  assert.equal(machine.run(`curl -s http://127.0.0.1:${PORT}/metrics`).code, 7);
}

function runCheck(machine: Machine): number | null {
  return machine.run("XDG_RUNTIME_DIR=/run/user/$(id -u) systemctl --user start agent-auth-check.service", USER).code;
}
