import manifest from "../package.json" with { type: "json" };

declare const __REVISION__: string | undefined;

export const VERSION: string = manifest.version;

/** Short commit that this was built from; `source` when it runs unbuilt. */
export const REVISION: string = typeof __REVISION__ === "undefined" ? "source" : __REVISION__;
