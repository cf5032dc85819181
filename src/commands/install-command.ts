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
    {
      name: "termux",
      summary: "let an Android phone run it under Termux, or remove what does",
      options: [
        {
          flags: "--service",
          description: "a service of termux-services that runs serve (default where it is installed)",
        },
        {
          flags: "--job",
          description: "a job of Android's scheduler that runs check every 15 minutes (default elsewhere)",
        },
        { flags: "--cron", description: "a cron line that runs check every 15 minutes" },
        { flags: "--boot", description: "also a script for Termux:Boot, which starts it after a reboot" },
        { flags: "--wake-lock", description: "with --boot: keep the phone awake, at the cost of its battery" },
        { flags: "--drop-wake-lock", description: "end what an earlier --wake-lock asked for" },
        { flags: "--widget", description: "also widgets for Termux:Widget" },
        { flags: "--dry-run", description: "print files and commands, and do nothing" },
        { flags: "--force", description: "replace scripts that somebody edited" },
        { flags: "--uninstall", description: "stop and remove what was installed" },
        { flags: "--purge", description: "with --uninstall: also remove what it remembers" },
      ],
      load: async () => {
        const { TERMUX } = await import("../install/termux.ts");
        return (await import("./install.ts")).installTo(TERMUX);
      },
    },
  ],
};
