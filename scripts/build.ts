/** Builds `dist/`, and is silent unless something is wrong. */
import { build } from "rolldown";
import config from "../rolldown.config.ts";

await build(config);
