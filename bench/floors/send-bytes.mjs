// The unavoidable work of a scrape: a bare server that sends the same bytes.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const [, , path, headers] = process.argv;
const body = readFileSync(path);
const parsedHeaders = JSON.parse(headers);
const server = createServer((_request, response) => {
  response.writeHead(200, parsedHeaders).end(body);
});
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`http://127.0.0.1:${server.address().port}\n`);
});
