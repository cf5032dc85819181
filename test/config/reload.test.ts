import { expect, test } from "vitest";
import { DEFAULT_CONFIG } from "../../src/config/config.ts";
import type { LoadedConfig } from "../../src/config/load.ts";
import { createConfigReloader } from "../../src/config/reload.ts";
import { ConfigError } from "../../src/errors.ts";

const NEW = { ...DEFAULT_CONFIG, watch: false };

test("a good config takes over; a bad one changes nothing and says why", async () => {
  const answers = [() => NEW, refuse(new ConfigError("config.yaml:1:1: `x`: unknown key"))];
  const reloader = createConfigReloader(async () => loaded(answers.shift()?.()), DEFAULT_CONFIG);
  expect(reloader.current).toBe(DEFAULT_CONFIG);
  expect(await reloader.reload()).toEqual({ ok: true, config: NEW });
  expect(reloader.current).toBe(NEW);
  expect(await reloader.reload()).toEqual({ ok: false, message: "config.yaml:1:1: `x`: unknown key" });
  expect(reloader.current).toBe(NEW);
});

test("two at once run one after the other, and the later one wins", async () => {
  const first = Promise.withResolvers<LoadedConfig>();
  const order: string[] = [];
  const loads = [
    async () => {
      order.push("first begins");
      return first.promise;
    },
    async () => {
      order.push("second begins");
      return loaded(NEW);
    },
  ];
  const reloader = createConfigReloader(async () => (await loads.shift()?.()) ?? loaded(), DEFAULT_CONFIG);
  const both = [reloader.reload(), reloader.reload()];
  await Promise.resolve();
  order.push("first ends");
  first.resolve(loaded({ ...DEFAULT_CONFIG, timezone: "Asia/Tokyo" }));
  await Promise.all(both);
  expect(order).toEqual(["first begins", "first ends", "second begins"]);
  expect(reloader.current).toBe(NEW);
});

test("a bug is not taken for a bad config, and does not stop the next reload", async () => {
  const answers = [refuse(new TypeError("a bug")), () => NEW];
  const reloader = createConfigReloader(async () => loaded(answers.shift()?.()), DEFAULT_CONFIG);
  await expect(reloader.reload()).rejects.toThrow("a bug");
  expect(await reloader.reload()).toEqual({ ok: true, config: NEW });
});

function loaded(config = DEFAULT_CONFIG): LoadedConfig {
  return { config, warning: null, variablePlaces: [], path: "config.yaml" };
}

function refuse(error: Error): () => never {
  return () => {
    throw error;
  };
}
