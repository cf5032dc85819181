import { expect, test } from "vitest";
import { findUnrestricted, type PodSpec } from "./pod-security.ts";

const GOOD = {
  securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
  containers: [{ name: "a", securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } } }],
} satisfies PodSpec;

function change(context: object): PodSpec {
  const [container] = GOOD.containers;
  return { ...GOOD, containers: [{ ...container!, securityContext: { ...container!.securityContext, ...context } }] };
}

test.each<readonly [name: string, pod: PodSpec, flaws: readonly string[]]>([
  ["as it should be", GOOD, []],
  [
    "a bare container",
    { containers: [{ name: "a" }] },
    ["a may gain privileges", "a may run as root", "a has no seccomp profile", "a keeps capabilities"],
  ],
  ["the network of the host", { ...GOOD, hostNetwork: true }, ["hostNetwork"]],
  [
    "a directory of the host",
    { ...GOOD, volumes: [{ name: "h", hostPath: { path: "/" } }] },
    ["volume h is a hostPath"],
  ],
  ["a memory volume", { ...GOOD, volumes: [{ name: "t", emptyDir: {} }] }, []],
  [
    "root, over the pod's setting",
    change({ runAsUser: 0, runAsNonRoot: false }),
    ["a may run as root", "a runs as root"],
  ],
  ["privileged", change({ privileged: true }), ["a is privileged"]],
  [
    "no seccomp, over the pod's setting",
    change({ seccompProfile: { type: "Unconfined" } }),
    ["a has no seccomp profile"],
  ],
  ["a capability more", change({ capabilities: { drop: ["ALL"], add: ["SYS_ADMIN"] } }), ["a adds capabilities"]],
  ["a capability that is allowed", change({ capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] } }), []],
])("%s", (_name, pod, flaws) => {
  expect(findUnrestricted(pod)).toEqual(flaws);
});
