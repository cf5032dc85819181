import { readFile } from "node:fs/promises";

/*
 * Reads a file again and again, as many times at once as asked for, until standard input ends; then prints how often it
 * was read, and how many readings were not whole: a whole one ends as the writer's does, and says one thing throughout.
 */
const [path = "", readers = "1"] = process.argv.slice(2);
let isOver = false;
process.stdin.on("end", () => (isOver = true)).resume();

const count = { read: 0, torn: 0 };

async function read(): Promise<void> {
  while (!isOver) {
    const text = await readFile(path, "utf8");
    count.read += 1;
    const [first, ...rest] = text.split("\n");
    if (rest.pop() !== "" || rest.length === 0 || rest.some((line) => line !== first)) count.torn += 1;
  }
}

await readFile(path);
process.stdout.write("reading\n");
await Promise.all(Array.from({ length: Number(readers) }, read));
process.stdout.write(`${JSON.stringify(count)}\n`);
