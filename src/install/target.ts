/** A file that an installation consists of. */
export interface InstalledFile {
  readonly path: string;
  /** Without the mark; ends with a line break. */
  readonly text: string;
  readonly mode: number;
  /** `start` is there to be edited: written where nothing is, and never again. */
  readonly kind: "managed" | "start";
  /** Of a directory that has to be made for it; 0755 unless said otherwise. */
  readonly directoryMode?: number;
}

export interface Command {
  readonly argv: readonly string[];
  /** For one that nobody could read: what it does, as a file would be told of, and the program that it calls. */
  readonly inWords?: { readonly act: string; readonly what: string; readonly program: string };
  /** It may fail: what it wants may be so already. */
  readonly isOptional?: true;
  /** Told of when it fails, although it may. */
  readonly isTold?: true;
  /** What it reads from standard input. */
  readonly stdin?: string;
  /** When it is ended, for one that may never answer. */
  readonly deadlineMs?: number;
  /** What helps when it fails. */
  readonly remedy?: string;
}

/** What was installed before and goes. */
export interface Retired {
  readonly files: readonly InstalledFile[];
  /** Run before files are removed. */
  readonly stop: readonly Command[];
  /** What was made by what we installed, removed with it; `files` are those of ours that go. */
  readonly leavings: (files: readonly string[]) => readonly string[];
  /** Directories that go with the last file in them, the inner ones first. */
  readonly directories: readonly string[];
}

/** What a target would do; nothing has been done yet. */
export interface Installation {
  readonly files: readonly InstalledFile[];
  /** Have to succeed before anything is written. They change nothing, so a rehearsal runs them too. */
  readonly required: readonly Command[];
  /** Run when the files are in place. `isChanged`: one of the managed files is not what it was. */
  readonly start: (isChanged: boolean) => readonly Command[];
  /** What this takes the place of. It goes when this runs, so that no time is without either. */
  readonly replaced?: Retired;
  /** What is no file, and stays because somebody edited it. */
  readonly edited?: readonly string[];
  /** Run before files are removed; `files` are those of ours that are there. */
  readonly stop: (files: readonly string[]) => readonly Command[];
  /** Run after files were removed. */
  readonly afterRemoval: readonly Command[];
  /** What was made by what we installed, removed with it; `files` are those of ours that go. */
  readonly leavings?: (files: readonly string[]) => readonly string[];
  /** Directories that go with the last file in them, the inner ones first. */
  readonly directories?: readonly string[];
  /** Set for the commands, beside our own environment. */
  readonly env: Readonly<Record<string, string>>;
  /** What a person should know afterwards, one line each. */
  readonly notes: readonly string[];
  readonly notesAfterRemoval: readonly string[];
}

/** Our own program, by its real paths. */
export interface Program {
  readonly node: string;
  readonly script: string;
}

/** The config that what is installed will find. */
export interface FoundConfig {
  /** Null when there is none yet, and the defaults hold. */
  readonly path: string | null;
  /** Something in it is of no use offline: another host to ask, or a channel beyond this machine. */
  readonly needsNetwork: boolean;
  readonly channelTypes: readonly string[];
  /** That it tells nobody, or that nothing is watched by it, and what to do about it; else null. */
  readonly untold: string | null;
  readonly unwatching: string | null;
}

export interface InstallRequest {
  /** What the command line says, by the name of the option. */
  readonly text: (name: string) => string | null;
  readonly list: (name: string) => readonly string[];
  readonly isOn: (name: string) => boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly program: Program;
  readonly user: { readonly uid: number; readonly name: string };
  /** Where a config is looked for first. */
  readonly configPath: string;
  /** `text` names a config that nobody named this time: what is installed reads it. */
  readonly keepsConfig: boolean;
  /** Null for a target that does not ask for it, and for a removal. */
  readonly config: FoundConfig | null;
  /** Ids of notifications that may be on a screen, when what is remembered of them goes. */
  readonly onScreen: readonly string[];
}

/** Somewhere to install to. Throws `UsageError` for what cannot be asked of it. */
export interface InstallTarget {
  readonly name: string;
  /** What it installs depends on the config. */
  readonly readsConfig?: true;
  /** The config that what is installed was told to read, which it keeps unless another one is named. */
  readonly findConfigInUse?: (request: Pick<InstallRequest, "env">) => string | null;
  readonly prepare: (request: InstallRequest) => Installation;
}
