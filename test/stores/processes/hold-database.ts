import "./become-other.ts";
import { DatabaseSync } from "node:sqlite";

/**
 * A writer of an agent's database, as a process of its own. Arguments: the database and a mode. It sends what it has
 * committed last; `stop` makes it close the database, SIGKILL leaves what a crash leaves.
 */
const [path = "", mode = ""] = process.argv.slice(2);
const database = new DatabaseSync(path);
let committed = 0;

const SCHEMA = `
  CREATE TABLE auth_profile_store (store_key TEXT PRIMARY KEY, store_json TEXT, updated_at INTEGER);
  CREATE TABLE auth_profile_state (state_key TEXT PRIMARY KEY, state_json TEXT, updated_at INTEGER);
  CREATE TABLE filler (text TEXT);
`;

function commit(): void {
  committed++;
  const profiles = Object.fromEntries(
    Array.from({ length: 20 }, (_, i) => [
      `anthropic:${i}`,
      { type: "token", provider: "anthropic", token: "CANARY", expires: committed },
    ]),
  );
  const text = JSON.stringify({ version: 1, profiles, padding: "x".repeat(committed % 5_000) });
  database.prepare("INSERT OR REPLACE INTO auth_profile_store VALUES ('primary', ?, ?)").run(text, committed);
}

function report(): void {
  process.send?.(committed);
}

/** Fills the page cache until pages of the open transaction spill into the file. */
function spill(): void {
  database.exec("PRAGMA cache_size = 5; PRAGMA cache_spill = 1; BEGIN EXCLUSIVE");
  commit();
  const insert = database.prepare("INSERT INTO filler VALUES (?)");
  for (let i = 0; i < 500; i++) insert.run("y".repeat(4_000));
}

const MODES: Readonly<Record<string, () => void>> = {
  /** WAL, everything committed still in it. */
  wal: () => {
    database.exec("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0");
    database.exec(SCHEMA);
    commit();
  },
  /** WAL with checkpoints and restarts, committing until told otherwise. */
  busy: () => {
    database.exec("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 8");
    database.exec(SCHEMA);
    commit();
    resume();
  },
  /** WAL without shared memory: nobody else can open it. */
  "exclusive-wal": () => {
    database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0");
    database.exec(SCHEMA);
    commit();
  },
  /** A rollback journal and a lock, nothing changed yet. */
  "exclusive-idle": () => {
    database.exec("PRAGMA journal_mode = DELETE");
    database.exec(SCHEMA);
    commit();
    database.exec("BEGIN EXCLUSIVE");
  },
  /** A rollback journal in use: pages of a transaction that is not committed are in the file. */
  "exclusive-spilled": () => {
    database.exec("PRAGMA journal_mode = DELETE");
    database.exec(SCHEMA);
    commit();
    spill();
    committed--;
  },
};

let timer: NodeJS.Immediate | undefined;

function resume(): void {
  commit();
  timer = setImmediate(resume);
}

process.on("message", (order) => {
  if (timer !== undefined) clearImmediate(timer);
  if (order === "resume") resume();
  if (order !== "stop") return report();
  database.close();
  process.disconnect();
});

MODES[mode]?.();
report();
