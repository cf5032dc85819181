export interface Container {
  readonly name: string;
  readonly image?: string;
  readonly args?: readonly string[];
  readonly ports?: readonly object[];
  readonly resources?: object;
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[];
  readonly securityContext?: SecurityContext;
}

interface SecurityContext {
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly allowPrivilegeEscalation?: boolean;
  readonly privileged?: boolean;
  readonly capabilities?: { readonly drop?: readonly string[]; readonly add?: readonly string[] };
  readonly seccompProfile?: { readonly type: string };
}

export interface PodSpec {
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly hostIPC?: boolean;
  readonly securityContext?: SecurityContext;
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly ({ readonly name: string } & Readonly<Record<string, unknown>>)[];
}

/** Kinds of volumes that "restricted" allows. */
const VOLUMES = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "persistentVolumeClaim",
  "projected",
  "secret",
];
const SECCOMP = ["RuntimeDefault", "Localhost"];

/**
 * What keeps a pod out of a namespace that enforces "restricted", by kubernetes.io/docs/concepts/security/
 * pod-security-standards for Linux: host namespaces, privilege, capabilities, users, seccomp and volumes.
 */
export function findUnrestricted(pod: PodSpec): readonly string[] {
  const containers = [...(pod.initContainers ?? []), ...pod.containers];
  return [
    ...(["hostNetwork", "hostPID", "hostIPC"] as const).filter((key) => pod[key] === true),
    ...(pod.volumes ?? []).flatMap(({ name, ...volume }) =>
      Object.keys(volume)
        .filter((kind) => !VOLUMES.includes(kind))
        .map((kind) => `volume ${name} is a ${kind}`),
    ),
    ...containers.flatMap(({ name, securityContext = {} }) =>
      ofContainer({ ...pod.securityContext, ...securityContext }).map((flaw) => `${name} ${flaw}`),
    ),
  ];
}

function ofContainer(context: SecurityContext): readonly string[] {
  const { capabilities, seccompProfile } = context;
  const flaws: readonly (readonly [boolean, string])[] = [
    [context.privileged === true, "is privileged"],
    [context.allowPrivilegeEscalation !== false, "may gain privileges"],
    [context.runAsNonRoot !== true, "may run as root"],
    [context.runAsUser === 0, "runs as root"],
    [!SECCOMP.includes(seccompProfile?.type ?? ""), "has no seccomp profile"],
    [capabilities?.drop?.includes("ALL") !== true, "keeps capabilities"],
    [(capabilities?.add ?? []).some((name) => name !== "NET_BIND_SERVICE"), "adds capabilities"],
  ];
  return flaws.filter(([isFlaw]) => isFlaw).map(([, text]) => text);
}
