import "./become-other.ts";
import { createStoreReader } from "../../../src/stores/read.ts";

/** Reads the store of the agent directory named as argument, as a process that may run as somebody else. */
const [agentDir = ""] = process.argv.slice(2);
const reader = createStoreReader({ digest: (secret) => String(secret.length) });
const request = { owner: "main", agentDir, hasStateDatabase: false, legacyOAuthPath: null };
process.stdout.write(JSON.stringify(reader.readAgentStore(request, new Date())));
