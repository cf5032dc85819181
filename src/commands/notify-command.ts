import type { CommandSpec } from "./command.ts";

/** `agent-auth notify …`: everything about who is told. */
export const NOTIFY_COMMAND: CommandSpec = {
  name: "notify",
  summary: "try the channels, look at what waits, silence what is known",
  options: [],
  commands: [
    {
      name: "test",
      summary: "send a sample and show what the other side answers",
      argument: {
        name: "channel",
        description: "only this one, or heartbeat (default: all channels)",
        isOptional: true,
      },
      options: [
        {
          flags: "--severity <severity>",
          description: "how grave the sample is (default: critical)",
          choices: ["info", "warning", "critical"],
        },
        { flags: "--resolved", description: "send its end as well" },
      ],
      load: async () => (await import("./notify-test.ts")).runNotifyTest,
    },
    {
      name: "preview",
      summary: "show what would be told now; sends nothing",
      options: [
        { flags: "--channel <name>", description: "only this channel", isRepeatable: true },
        { flags: "--fresh", description: "as if nothing had been told, silenced or held yet, and no hours were quiet" },
        { flags: "--format <format>", description: "what to print (default: text)", choices: ["text", "html", "json"] },
      ],
      load: async () => (await import("./notify-preview.ts")).runNotifyPreview,
    },
    {
      name: "outbox",
      summary: "show messages that wait, left or were given up, latest first",
      options: [
        { flags: "--retry <id>", description: "make this one due at once" },
        { flags: "--drop <id>", description: "give this one up" },
        { flags: "--json", description: "print JSON instead" },
      ],
      load: async () => (await import("./notify-outbox.ts")).runNotifyOutbox,
    },
    {
      name: "history",
      summary: "show who was told what and why, latest first",
      options: [
        { flags: "--limit <count>", description: "how many entries (default: 50)" },
        { flags: "--json", description: "print JSON instead" },
      ],
      load: async () => (await import("./notify-history.ts")).runNotifyHistory,
    },
    {
      name: "silence",
      summary: "tell nobody of something for a while",
      options: [],
      commands: [
        {
          name: "add",
          summary: "silence what matches, such as 'provider=openai,agent=ops'",
          argument: { name: "matchers", description: "label=pattern, several with commas; * stands for any text" },
          options: [
            { flags: "--for <duration>", description: "how long (default: 8h)" },
            { flags: "--comment <text>", description: "why, for others" },
          ],
          load: async () => (await import("./notify-silence.ts")).runSilenceAdd,
        },
        {
          name: "list",
          summary: "show the silences in force",
          options: [{ flags: "--json", description: "print JSON instead" }],
          load: async () => (await import("./notify-silence.ts")).runSilenceList,
        },
        {
          name: "expire",
          summary: "end a silence now",
          argument: { name: "id", description: "as list shows it" },
          options: [],
          load: async () => (await import("./notify-silence.ts")).runSilenceExpire,
        },
      ],
    },
  ],
};
