import { expect, test } from "vitest";
import { renderUnit, type UnitValues } from "../../src/install/systemd-unit.ts";

const TEMPLATE = `[Service]
ExecStart=/usr/local/bin/agent-auth serve
# LoadCredential=smtp-password:/etc/smtp-password
User=agent-auth
`;
const VALUES: UnitValues = {
  program: { node: "/opt/node/bin/node", script: "/opt/lib/dist/bin.js" },
  configFile: null,
  credentials: [],
};

function execStart(values: Partial<UnitValues>, template = TEMPLATE): string {
  return /^ExecStart=(.*)$/m.exec(renderUnit(template, { ...VALUES, ...values }))?.[1] ?? "";
}

test("the program stands by its real paths, and all else as in the template", () => {
  expect(renderUnit(TEMPLATE, VALUES)).toBe(
    TEMPLATE.replace("/usr/local/bin/agent-auth", "/opt/node/bin/node /opt/lib/dist/bin.js"),
  );
});

test("a config goes behind the command, and takes the place of one", () => {
  expect(execStart({ configFile: "/etc/a.yaml" })).toMatch(/bin\.js serve --config\.file \/etc\/a\.yaml$/);
  const instance = TEMPLATE.replace("serve", "check --config.file /etc/%i.yaml --notify");
  expect(execStart({}, instance)).toMatch(/ check --config\.file \/etc\/%i\.yaml --notify$/);
  expect(execStart({ configFile: "/etc/a.yaml" }, instance)).toMatch(/ check --config\.file \/etc\/a\.yaml --notify$/);
});

test.each([
  ["a blank", "/home/ada love/node", '"/home/ada love/node"'],
  ["a specifier", "/opt/100%n/node", "/opt/100%%n/node"],
  ["a variable", "/opt/$HOME/node", "/opt/$$HOME/node"],
  ["quotes and backslashes", '/opt/a"b\\c/node', '"/opt/a\\"b\\\\c/node"'],
  ["a semicolon", "/opt/a;b", '"/opt/a;b"'],
])("%s in a path means nothing to systemd", (_name, node, written) => {
  expect(execStart({ program: { node, script: "/bin.js" } })).toBe(`${written} /bin.js serve`);
});

test("credentials take the place of the example", () => {
  const credentials = [
    { name: "a", path: "/etc/a" },
    { name: "b", path: "/etc/100%" },
  ];
  expect(renderUnit(TEMPLATE, { ...VALUES, credentials })).toContain(
    "serve\nLoadCredential=a:/etc/a\nLoadCredential=b:/etc/100%%\nUser=agent-auth\n",
  );
});
