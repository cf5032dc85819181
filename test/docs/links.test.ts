import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const pages = globSync("**/*.md", { cwd: ROOT, exclude: (path) => /^(?:node_modules|dist|\.git)$/.test(path) });

test.each(pages)("what %s links to is there", (page) => {
  const links = [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
  expect(links.filter((link) => !/^[a-z]+:/.test(link) && !isThere(link, page))).toEqual([]);
});

test("there are pages, and links in them", () => {
  expect(pages.length).toBeGreaterThan(20);
  expect(proseOf("docs/remotes.md")).toContain("](configuration.md#remotes)");
});

function isThere(link: string, page: string): boolean {
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? page : relative(ROOT, join(ROOT, dirname(page), decodeURIComponent(path)));
  if (!existsSync(join(ROOT, target))) return false;
  if (anchor === undefined) return true;
  return statSync(join(ROOT, target)).isFile() && listAnchors(target).includes(anchor);
}

/** The anchors that GitHub makes of headings: lower case, blanks as dashes, no punctuation, a number where there is one already. */
function listAnchors(page: string): readonly string[] {
  const headings = [...proseOf(page).matchAll(/^#{1,6} +(.+)$/gm)].map(([, text = ""]) => text);
  const slugs = headings.map((text) =>
    text
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, "")
      .replaceAll(" ", "-"),
  );
  return slugs.map((slug, index) => {
    const before = slugs.slice(0, index).filter((other) => other === slug).length;
    return before === 0 ? slug : `${slug}-${before}`;
  });
}

function proseOf(page: string): string {
  return readFileSync(join(ROOT, page), "utf8").replaceAll(/^ *```.*?^ *```/gms, "");
}
