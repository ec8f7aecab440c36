import http from "node:http";

/** A proxy that checks nothing: what a gateway in Node.js costs at least. */
const upstream = new URL(process.argv[2] ?? "");
const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });

const server = http.createServer((request, response) => {
  const { method = "POST", url = "/", headers } = request;
  const { host: _, ...rest } = headers;
  const sent = http.request(
    { agent, host: upstream.hostname, port: upstream.port, method, path: url, headers: rest },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    },
  );
  sent.on("error", () => response.destroy());
  request.pipe(sent);
});

server.listen(0, "127.0.0.1", () => process.stdout.write(`${JSON.stringify(server.address())}\n`));
