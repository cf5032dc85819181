/** The part of `models status --json` that both sides answer. */
export interface StatusAnswer {
  readonly auth: {
    readonly unusableProfiles: readonly UnusableAnswer[];
    readonly oauth: {
      readonly profiles: readonly ProfileAnswer[];
      readonly providers: readonly ProviderAnswer[];
    };
  };
}

interface ProfileAnswer {
  readonly profileId: string;
  readonly provider: string;
  readonly type: string;
  readonly status: string;
  readonly reasonCode?: string;
  readonly expiresAt?: number;
}

interface ProviderAnswer {
  readonly provider: string;
  readonly status: string;
  readonly expiresAt?: number;
  readonly effectiveProfiles?: readonly ProfileAnswer[];
}

interface UnusableAnswer {
  readonly profileId: string;
  readonly kind: string;
  readonly reason?: string;
  readonly until: number;
}

export interface Difference {
  /** `profile anthropic:default`, `order of anthropic`, … */
  readonly what: string;
  readonly field: string;
  readonly theirs: string;
  readonly ours: string;
  /** Why this is meant; null when it is a defect on our side. */
  readonly documented: string | null;
}

export interface Comparison {
  readonly compared: number;
  readonly differences: readonly Difference[];
}

type Facts = ReadonlyMap<string, Readonly<Record<string, string>>>;

/** Where we answer something else on purpose, and say so in our documentation. */
const DOCUMENTED: readonly {
  readonly why: string;
  readonly holds: (difference: Omit<Difference, "documented">) => boolean;
}[] = [
  {
    why: "the end of a profile is kept after it has passed",
    holds: ({ field, theirs }) => field === "expiresAt" && theirs === "absent",
  },
  {
    why: "a blocked profile is not shown as a nameless cooldown",
    holds: ({ field, theirs, ours }) => field === "kind" && theirs === "cooldown" && ours === "blocked",
  },
  {
    why: "a window's reason is derived when upstream has none",
    holds: ({ what, field, theirs }) => what.startsWith("unusable") && field === "reason" && theirs === "absent",
  },
];

/** Every fact that either side states, and where the two differ. */
export function compareStatus(theirs: StatusAnswer, ours: StatusAnswer): Comparison {
  const expected = describe(theirs);
  const found = describe(ours);
  const differences: Difference[] = [];
  let compared = 0;
  for (const what of new Set([...expected.keys(), ...found.keys()])) {
    const left = expected.get(what);
    const right = found.get(what);
    for (const field of new Set([...Object.keys(left ?? {}), ...Object.keys(right ?? {})])) {
      compared += 1;
      const difference = { what, field, theirs: left?.[field] ?? "none", ours: right?.[field] ?? "none" };
      if (difference.theirs === difference.ours) continue;
      const documented = DOCUMENTED.find(({ holds }) => holds(difference))?.why ?? null;
      differences.push({ ...difference, documented });
    }
  }
  return { compared, differences };
}

function describe({ auth }: StatusAnswer): Facts {
  const facts = new Map<string, Record<string, string>>();
  for (const { profileId, provider, type, status, reasonCode, expiresAt } of auth.oauth.profiles) {
    const end = text(expiresAt);
    facts.set(`profile ${profileId}`, { provider, type, status, reasonCode: text(reasonCode), expiresAt: end });
  }
  for (const { provider, status, expiresAt, effectiveProfiles } of auth.oauth.providers) {
    const order = effectiveProfiles?.map(({ profileId }) => profileId).join(", ");
    facts.set(`provider ${provider}`, { status, expiresAt: text(expiresAt), order: text(order) });
  }
  for (const { profileId, kind, reason, until } of auth.unusableProfiles) {
    facts.set(`unusable ${profileId}`, { kind, reason: text(reason), until: text(until) });
  }
  return facts;
}

function text(value: string | number | undefined): string {
  return value === undefined ? "absent" : String(value);
}
