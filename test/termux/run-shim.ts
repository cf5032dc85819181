import { runShim } from "./shim.ts";

// Started by the commands of the fake root, with the name of the command first.
const [name = "", ...args] = process.argv.slice(2);
runShim(name, args);
