import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Machine } from "./machine.ts";
import { expectMetric, expectRun, findOurs, show, USER } from "./world.ts";

/** Runs as the user whose agents it reads, without any capability. */
export async function testInstance(machine: Machine): Promise<void> {
  for (const option of ["", " --dry-run"]) {
    const unknown = machine.run(`agent-auth install systemd --as nobody-here${option}`);
    assert.equal(unknown.code, 69);
    assert.match(unknown.stderr, /no such user; name a user of this host/);
  }
  assert.deepEqual(
    findOurs(machine.root, "/etc/systemd/system").filter((name) => name.includes("@pat")),
    [],
  );
  expectRun(
    machine,
    `mkdir -p /etc/agent-auth-exporter && echo 'web: { listenAddress: "127.0.0.1:10885" }' > /etc/agent-auth-exporter/${USER}.yaml`,
  );
  expectRun(machine, `agent-auth install systemd --as ${USER}`);
  await expectMetric(machine, 'agent_auth_store_up{installation="openclaw",agent="main"} 1', 10_885);
  const pid = show(machine, `agent-auth-exporter@${USER}.service`, "MainPID");
  assert.match(expectRun(machine, `grep ^CapEff: /proc/${pid}/status`), /0000000000000000/);
  assert.equal(expectRun(machine, `ps -o user= -p ${pid}`).trim(), USER);
  expectRun(machine, `agent-auth install systemd --timer --as ${USER}`);
  expectRun(machine, `systemctl start agent-auth-check@${USER}.service`);
  assert.match(expectRun(machine, `cat /run/agent-auth-exporter-${USER}/agent-auth.prom`), /^agent_auth_store_up/m);
}

/** Root reads from private copies: SQLite would hand the files beside a database to its owner. */
export async function testInstanceOfRoot(machine: Machine): Promise<void> {
  expectRun(machine, `cp -a /home/${USER}/.openclaw /root/ && chown -R root:root /root/.openclaw`);
  const list = "find /root/.openclaw -printf '%p %u:%g %m %T@ %C@\\n' | sort";
  const before = expectRun(machine, list);
  assert.match(before, /openclaw-agent\.sqlite-wal/);
  writeFileSync(join(machine.root, "etc/agent-auth-exporter/root.yaml"), 'web: { listenAddress: "127.0.0.1:10887" }\n');
  expectRun(machine, "agent-auth install systemd --as root");
  await expectMetric(machine, 'agent_auth_store_up{installation="openclaw",agent="main"} 1', 10_887);
  assert.equal(expectRun(machine, list), before, "nothing was touched");
  expectRun(machine, "systemctl disable --now agent-auth-exporter@root.service");
  expectRun(machine, "rm -r /root/.openclaw /etc/agent-auth-exporter/root.yaml");
}
