// The unavoidable work of a cold check over SQLite stores: open every database, select and parse its two rows.
import { readdirSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

const agents = `${process.argv[2]}/.openclaw/agents`;
let profiles = 0;
for (const id of readdirSync(agents)) {
  const url = new URL(`file://${agents}/${id}/agent/openclaw-agent.sqlite?immutable=1`);
  const database = new DatabaseSync(url, { readOnly: true });
  const store = database.prepare("SELECT store_json AS text FROM auth_profile_store").get();
  const state = database.prepare("SELECT state_json AS text FROM auth_profile_state").get();
  profiles += Object.keys(JSON.parse(store.text).profiles).length;
  JSON.parse(state.text);
  database.close();
}
process.stdout.write(`${profiles}\n`);
