import type {
  AgentReport,
  InstallationReport,
  ProfileReport,
  ProviderReport,
  Snapshot,
  StoreReport,
} from "../snapshot.ts";
import { isInShard } from "../shard.ts";
import { placeOfReport, VERDICTS } from "../snapshot.ts";
import type { EmailLabels } from "./label.ts";
import { nameLabels, pair } from "./label.ts";

/** One row of a report with its labels, already written as the exposition formats want them. */
interface Labelled<T> {
  readonly labels: string;
  readonly report: T;
}

/** A snapshot's installations laid out for the metrics: flat, each row with labels that no other row of it has. */
export interface MetricView {
  readonly installations: readonly Labelled<InstallationReport>[];
  readonly agents: readonly Labelled<AgentReport>[];
  readonly providers: readonly Labelled<ProviderReport>[];
  readonly profiles: readonly Labelled<ProfileReport>[];
  /** One row per owner; more than one report only if two stores claim the same owner. */
  readonly stores: readonly Labelled<readonly StoreReport[]>[];
}

export const EMPTY_VIEW: MetricView = { installations: [], agents: [], providers: [], profiles: [], stores: [] };

/** Only what is this shard's to tell of, where the snapshot has one. */
export function createMetricView({ installations, shard }: Shown, emails: EmailLabels): MetricView {
  const view = {
    installations: [] as Labelled<InstallationReport>[],
    agents: [] as Labelled<AgentReport>[],
    providers: [] as Labelled<ProviderReport>[],
    profiles: [] as Labelled<ProfileReport>[],
    stores: [] as Labelled<readonly StoreReport[]>[],
  };
  const names = nameLabels(
    installations.map(({ id }) => id),
    emails,
  );
  for (const report of unique(installations, ({ id }) => id)) {
    const labels = pair("installation", named(names, report.id));
    const isOurs = (owner: string): boolean => isInShard(shard ?? null, placeOfReport(report), owner);
    if (isOurs("")) view.installations.push({ labels, report });
    addInstallation(view, report, labels, { emails, isOurs });
  }
  return view;
}

type Shown = Pick<Snapshot, "installations" | "shard">;

interface Choices {
  readonly emails: EmailLabels;
  readonly isOurs: (owner: string) => boolean;
}

interface GrowingView {
  readonly agents: Labelled<AgentReport>[];
  readonly providers: Labelled<ProviderReport>[];
  readonly profiles: Labelled<ProfileReport>[];
  readonly stores: Labelled<readonly StoreReport[]>[];
}

function addInstallation(
  view: GrowingView,
  report: InstallationReport,
  base: string,
  { emails, isOurs }: Choices,
): void {
  const owners = nameLabels(
    [
      ...report.agents.map(({ id }) => id),
      ...report.stores.map(({ owner }) => owner),
      ...report.profiles.map(({ owner }) => owner),
    ],
    emails,
  );
  const providers = nameLabels(
    [
      ...report.profiles.map(({ provider }) => provider),
      ...report.agents.flatMap((agent) => agent.providers.map(({ provider }) => provider)),
    ],
    emails,
  );
  const ownerLabels = (owner: string) => `${base},${pair("agent", named(owners, owner))}`;
  const providerLabels = (owner: string, provider: string) =>
    `${ownerLabels(owner)},${pair("provider", named(providers, provider))}`;

  for (const agent of unique(report.agents, ({ id }) => id)) {
    if (!isOurs(agent.id)) continue;
    view.agents.push({ labels: ownerLabels(agent.id), report: agent });
    for (const provider of unique(agent.providers, (row) => row.provider)) {
      view.providers.push({ labels: providerLabels(agent.id, provider.provider), report: provider });
    }
  }
  for (const [owner, stores] of Map.groupBy(report.stores, (store) => store.owner)) {
    if (isOurs(owner)) view.stores.push({ labels: ownerLabels(owner), report: stores });
  }
  const ours = report.profiles.filter(({ owner }) => isOurs(owner));
  const groups = Map.groupBy(ours, ({ owner, provider }) => providerLabels(owner, provider));
  for (const [labels, profiles] of groups) {
    const ids = nameLabels(
      profiles.map(({ profileId }) => profileId),
      emails,
    );
    for (const profile of unique(profiles.toSorted(byWorstVerdict), ({ profileId }) => profileId)) {
      view.profiles.push({ labels: `${labels},${pair("profile", named(ids, profile.profileId))}`, report: profile });
    }
  }
}

/** Prometheus refuses a whole scrape that holds one series twice, so the first of two rows with one key stands. */
function* unique<T>(rows: readonly T[], keyOf: (row: T) => string): Generator<T> {
  const seen = new Set<string>();
  for (const row of rows) {
    const key = keyOf(row);
    if (seen.has(key)) continue;
    seen.add(key);
    yield row;
  }
}

function byWorstVerdict(left: ProfileReport, right: ProfileReport): number {
  return VERDICTS.indexOf(right.verdict) - VERDICTS.indexOf(left.verdict);
}

function named(names: ReadonlyMap<string, string>, id: string): string {
  return names.get(id) ?? "other";
}
