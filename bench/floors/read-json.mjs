// The unavoidable work of a cold check over JSON stores: read and parse every file.
import { readdirSync, readFileSync } from "node:fs";

const agents = `${process.argv[2]}/.openclaw/agents`;
let profiles = 0;
for (const id of readdirSync(agents)) {
  const directory = `${agents}/${id}/agent`;
  const store = JSON.parse(readFileSync(`${directory}/auth-profiles.json`, "utf8"));
  JSON.parse(readFileSync(`${directory}/auth-state.json`, "utf8"));
  profiles += Object.keys(store.profiles).length;
}
process.stdout.write(`${profiles}\n`);
