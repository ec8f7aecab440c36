import http from "node:http";

/** Answers every call as the External API does, and does no work. */
const BODY = JSON.stringify({ code: 200, success: true, message: "", errors: [], model: { id: 1 } });

const server = http.createServer((request, response) => {
  request.resume().on("end", () => {
    response.writeHead(200, { "content-type": "application/json", "content-length": BODY.length });
    response.end(BODY);
  });
});

server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => process.stdout.write(`${JSON.stringify(server.address())}\n`));
