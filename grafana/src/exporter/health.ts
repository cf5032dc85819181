import type { Band } from "../palette.ts";
import { bandWords, noneWanted, valueWords } from "../palette.ts";
import { select, valueFor } from "../query.ts";
import { CHECK_AGE, checkAgeStat, demoStat, downStat, stat } from "../stat.ts";
import { EXPORTER, seconds, table, worded } from "../table.ts";

const CONFIG = [valueWords({ 0: ["rejected: the one before holds", "critical"], 1: ["in force", "ok"] })];
const NONE = [valueWords({ 0: ["none", "ok"] })];
const BUILD = select("agent_auth_build_info", "exporter");
const BUILD_LABELS = ["version", "revision", "node_version"];
const OVERDUE: readonly Band[] = [
  { from: null, grade: "ok", word: "on time" },
  { from: 60, grade: "warning" },
  { from: 600, grade: "critical" },
];
const REMOTE_UP = select("agent_auth_remote_up", "exporter");
const ANY_AGE: readonly Band[] = [{ from: null, grade: "info" }];

function ofExporter(value: string): string {
  return valueFor(BUILD, value, BUILD_LABELS);
}

export const HEALTH = [
  demoStat(11),
  downStat(12),
  checkAgeStat(13),
  stat({
    id: 14,
    title: "Check overdue",
    description: "How far the exporter that is most behind is past the time at which its schedule says to check again.",
    expr: `max(time() - ${select("agent_auth_next_check_timestamp_seconds", "exporter")})`,
    unit: "s",
    bands: OVERDUE,
    words: bandWords(OVERDUE),
  }),
  stat({
    id: 15,
    title: "Config",
    description: "Whether every exporter could use its config when it last loaded it.",
    expr: `min(${select("agent_auth_config_last_reload_successful", "exporter")})`,
    unit: "none",
    bands: [
      { from: null, grade: "critical" },
      { from: 1, grade: "ok" },
    ],
    words: CONFIG,
  }),
  stat({
    id: 16,
    title: "Waiting messages",
    description: "Messages that are written down and not delivered yet.",
    expr: `sum(${select("agent_auth_notifications_pending", "exporter")})`,
    unit: "short",
    bands: noneWanted("warning"),
    words: NONE,
    empty: "no channel",
  }),
  stat({
    id: 17,
    title: "Lost messages",
    description: "Messages of the last 30 days that nobody got. `agent-auth notify outbox` shows them.",
    expr: `sum(${select("agent_auth_notifications_dead", "exporter")})`,
    unit: "short",
    bands: noneWanted("critical"),
    words: NONE,
    empty: "no channel",
  }),
  stat({
    id: 18,
    title: "Memory of what was told",
    description: "Whether what is told is kept in a file, so that it is not told again after a restart.",
    expr: `min(${select("agent_auth_alert_store_up", "exporter")})`,
    unit: "none",
    bands: [
      { from: null, grade: "warning" },
      { from: 1, grade: "ok" },
    ],
    words: [valueWords({ 0: ["lost at a restart", "warning"], 1: ["kept", "ok"] })],
    empty: "no channel",
  }),
  table({
    id: 19,
    title: "Exporters",
    description: "Every exporter with its version and state.",
    width: 24,
    height: 7,
    queries: [
      BUILD,
      ofExporter(`time() - ${select("agent_auth_last_successful_check_timestamp_seconds", "exporter")}`),
      ofExporter(`${select("agent_auth_next_check_timestamp_seconds", "exporter")} - time()`),
      ofExporter(select("agent_auth_config_last_reload_successful", "exporter")),
      ofExporter(`time() - ${select("agent_auth_config_last_reload_success_timestamp_seconds", "exporter")}`),
      ofExporter(select("agent_auth_warn_window_seconds", "exporter")),
    ],
    columns: [
      EXPORTER,
      { of: "version", title: "Version" },
      { of: "revision", title: "Revision" },
      { of: "node_version", title: "Node.js" },
      seconds("B", "Last good check", CHECK_AGE),
      seconds("C", "Next check in", [
        { from: null, grade: "critical" },
        { from: -60, grade: "ok" },
      ]),
      worded("D", "Config", CONFIG),
      seconds("E", "Config loaded", ANY_AGE),
      seconds("F", "Warns before", ANY_AGE),
    ],
    order: [["Last good check", "down"]],
    empty: "no exporter",
  }),
  table({
    id: 20,
    title: "Hosts watched from another",
    description:
      "Hosts that an exporter asks over HTTP or SSH. While one does not answer, what is shown of it is out of date.",
    width: 24,
    height: 6,
    queries: [
      REMOTE_UP,
      `time() - ${select("agent_auth_remote_last_seen_timestamp_seconds", "exporter")}`,
      `time() - ${select("agent_auth_remote_last_check_timestamp_seconds", "exporter")}`,
    ],
    columns: [
      { of: "remote", title: "Host" },
      worded("A", "State", [valueWords({ 0: ["does not answer", "critical"], 1: ["answers", "ok"] })]),
      seconds("B", "Answered", CHECK_AGE),
      seconds("C", "Checked, by its own clock", CHECK_AGE),
      EXPORTER,
    ],
    order: [["Answered", "down"]],
    empty: "none",
  }),
];
