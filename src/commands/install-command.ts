import type { CommandSpec } from "./command.ts";

/** `agent-auth install …`: one command for each target of `src/install/`. */
export const INSTALL_COMMAND: CommandSpec = {
  name: "install",
  summary: "let this host run it by itself",
  options: [],
  commands: [
    {
      name: "systemd",
      summary: "write, enable and start systemd units, or remove them",
      options: [
        { flags: "--system", description: "units of the system (default for root)" },
        { flags: "--user", description: "units of the user who runs this (default for others)" },
        { flags: "--serve", description: "a service that runs serve (default)" },
        { flags: "--timer", description: "a timer that runs check every five minutes" },
        {
          flags: "--as <user>",
          description: "with --system: an instance that runs as this user (default: one for all users)",
          isRepeatable: true,
        },
        {
          flags: "--credential <name:path>",
          description: "hand the file to it as this systemd credential",
          isRepeatable: true,
        },
        { flags: "--dry-run", description: "print files and commands, and do nothing" },
        { flags: "--force", description: "replace units that somebody edited" },
        { flags: "--uninstall", description: "stop, disable and remove what was installed" },
      ],
      load: async () => {
        const { SYSTEMD } = await import("../install/systemd.ts");
        return (await import("./install.ts")).installTo(SYSTEMD);
      },
    },
  ],
};
