import type { CommandSpec } from "./command.ts";

/** `agent-auth widget …`: what a tap on the screen of a phone starts, under Termux. */
export const WIDGET_COMMAND: CommandSpec = {
  name: "widget",
  summary: "what the widgets of a phone do, under Termux",
  options: [],
  commands: [
    {
      name: "status",
      summary: "show in a toast how every agent is",
      options: [],
      load: async () => (await import("./widget.ts")).runWidgetStatus,
    },
    {
      name: "todo",
      summary: "list what needs somebody, and copy the chosen command",
      options: [],
      load: async () => (await import("./widget.ts")).runWidgetToDo,
    },
    {
      name: "recheck",
      summary: "check now, tell the channels, and show in a toast what came of it",
      options: [],
      load: async () => (await import("./widget.ts")).runWidgetRecheck,
    },
    {
      name: "reauth",
      summary: "run the command that mends a credential, here or on its host, or open its page",
      options: [],
      load: async () => (await import("./widget-reauth.ts")).runWidgetReauth,
    },
  ],
};
