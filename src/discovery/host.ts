import type { StoreReader } from "../stores/reader.ts";
import type { HostReading } from "./installation.ts";

export interface DiscoveryOptions {
  /** Home directories; globs allowed. */
  readonly homes: readonly string[];
  /** State directories named outright; searched besides the homes. */
  readonly stateDirs: readonly string[];
  /** Read Claude Code, Codex, Gemini, Qwen and MiniMax login files of each home. */
  readonly logins: boolean;
  /** macOS: ask the Keychain, which can prompt. */
  readonly keychain: boolean;
  /** Our own environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface HostReader {
  /** One look at everything. Never throws for what it finds on disk. */
  read(now: Date): HostReading;
}

export declare function createHostReader(options: DiscoveryOptions, stores: StoreReader): HostReader;
