import { createHash } from "node:crypto";

/** Readable without colour: every state is also a word. Rows become blocks where a table does not fit. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --line: #8886; --dim: #666; --critical: #b00020; --warning: #8a5a00; --info: #0b5cad; --ok: #1a6e2e; --unknown: #7b2d8b; }
@media (prefers-color-scheme: dark) { :root { --dim: #aaa; --critical: #ff8a96; --warning: #f2b84b; --info: #86bdff; --ok: #7fd492; --unknown: #dba0ea; } }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 90rem; padding: 1rem; }
h1 { font-size: 1.4rem; margin: 0 0 .5rem; }
table { border-collapse: collapse; margin: 1.5rem 0; width: 100%; }
caption { font-weight: 600; padding: .25rem 0; text-align: start; }
th, td { border-bottom: 1px solid var(--line); padding: .4rem .6rem .4rem 0; text-align: start; vertical-align: top; overflow-wrap: break-word; }
th[scope=row], code { overflow-wrap: anywhere; }
th small { font-weight: 400; }
small small { font-size: inherit; }
time { white-space: nowrap; }
code { font: .9em ui-monospace, monospace; user-select: all; }
small, .dim { color: var(--dim); }
.critical { color: var(--critical); font-weight: 600; }
.warning { color: var(--warning); font-weight: 600; }
.info { color: var(--info); }
.ok { color: var(--ok); }
.unknown { color: var(--unknown); font-weight: 600; }
.banner { border: 2px solid var(--warning); padding: .5rem .75rem; }
@media (max-width: 45rem) {
  thead { clip-path: inset(50%); position: absolute; }
  tr { border-bottom: 2px solid var(--line); display: block; padding: .5rem 0; }
  th[scope=row], td { border: 0; display: block; padding: .1rem 0; }
  td[data-label]::before { color: var(--dim); content: attr(data-label) ": "; }
}
`;

/** Nothing but our own style may run or load, whatever an id out of a store contains. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(PAGE_STYLE).digest("base64")}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");
