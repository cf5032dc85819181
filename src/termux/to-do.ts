import { findFindings, type Finding } from "../findings.ts";
import { shorten } from "../format/terminal.ts";
import { describeFinding } from "../format/words.ts";
import { nameProfiles } from "../profile-names.ts";
import type { Snapshot } from "../snapshot.ts";
import { findPage } from "./pages.ts";
import { cutLine, mask } from "./shown.ts";

/** Something that somebody has to do. */
export interface ToDo {
  /** What is the matter, for a screen that others may see. */
  readonly label: string;
  /** The command, as it is typed; a comment where no command helps. */
  readonly action: string;
  /** `here`: it can be run as it is, on this phone or by SSH. `elsewhere`: on a host that we only ask. `note`: a comment. */
  readonly kind: "here" | "elsewhere" | "note";
  /** The page that helps; null when there is none. */
  readonly page: string | null;
}

/** Cells of an id, so that a line has room for what is the matter. */
const NAME_WIDTH = 40;

/** Everything that needs somebody and can be mended, the gravest first, each command once. */
export function listToDo(snapshot: Snapshot): readonly ToDo[] {
  const findings = findFindings(snapshot, { judge: "verdict", scope: "all", agents: [], providers: [] });
  const nameProfile = nameProfiles(snapshot.installations, (id) => shorten(mask(id), NAME_WIDTH));
  const withName = (finding: Finding): Finding => {
    if (finding.kind !== "profile") return finding;
    const { installation, profile } = finding;
    return {
      ...finding,
      profile: { ...profile, profileId: nameProfile(installation, profile.owner, profile.profileId) },
    };
  };
  const all = findings.flatMap((finding) => describeToDo(withName(finding), snapshot) ?? []);
  return all.filter(({ action }, index) => all.findIndex((other) => other.action === action) === index);
}

function describeToDo(finding: Finding, { at, remotes, installations }: Snapshot): ToDo | null {
  if (finding.kind === "problem" || finding.kind === "nothing_found") return null;
  const { profiles = [], remote } = installations.find(({ id }) => id === finding.installation) ?? {};
  const { word, where, detail, action } = describeFinding(finding, at);
  if (action === null) return null;
  // What an agent lacks is mended with one of its profiles.
  const profile = profiles.find((one) => one.action !== null && one.action === actionOf(finding));
  const what = finding.kind === "agent" ? detail.replace(`agent ${finding.agent.id} `, "") : `${word} ${detail}`;
  return {
    label: cutLine(mask(`${where}: ${what}`)),
    action,
    kind:
      remote === undefined
        ? kindOf(action)
        : kindOf(action, remotes.find(({ name }) => name === remote)?.address ?? ""),
    page: profile === undefined ? null : findPage(profile),
  };
}

function actionOf(finding: Exclude<Finding, { readonly kind: "problem" | "nothing_found" }>): string | null {
  switch (finding.kind) {
    case "profile":
      return finding.profile.action;
    case "agent":
      return finding.agent.action;
    case "provider":
      return finding.action;
  }
}

/** What another host sent is never run here, whatever it looks like; it may only be handed to that host by SSH. */
function kindOf(action: string, address?: string): ToDo["kind"] {
  if (action.startsWith("#")) return "note";
  if (address === undefined) return "here";
  return address.startsWith("ssh://") && action.startsWith("ssh -t ") ? "here" : "elsewhere";
}
