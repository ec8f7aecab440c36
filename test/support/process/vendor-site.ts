import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { generate } from "selfsigned";

const HOST = "get.pulumi.com";

/** A site that stands in for get.pulumi.com, where a process has the environment that leads there. */
export interface VendorSite {
  /** For a Node.js process: a proxy that leads every name to this machine, and the certificate to trust. */
  readonly environment: Readonly<Record<string, string>>;
  /** The addresses that were asked for. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** Serves the files, by their address, such as `https://get.pulumi.com/install.sh`; every other is 404. */
export async function startVendorSite(files: Readonly<Record<string, string>>): Promise<VendorSite> {
  const { cert, private: key } = await generate([{ name: "commonName", value: HOST }], {
    extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: HOST }] }],
  });
  const folder = mkdtempSync(path.join(tmpdir(), "xtremepush-access-site-"));
  const authority = path.join(folder, "authority.pem");
  writeFileSync(authority, cert);

  const requests: string[] = [];
  const site = createSecureServer({ cert, key }, (request, response) => {
    const address = `https://${request.headers.host}${request.url}`;
    requests.push(address);
    const text = files[address];
    response.writeHead(text === undefined ? 404 : 200).end(text);
  });
  const sitePort = await portOf(site);
  const proxy = createServer();
  proxy.on("connect", (_request, socket) => {
    const tunnel = connect(sitePort, "127.0.0.1", () => socket.write("HTTP/1.1 200 Connection Established\r\n\r\n"));
    for (const end of [tunnel, socket]) end.on("error", () => {});
    tunnel.pipe(socket).pipe(tunnel);
  });
  const proxyPort = await portOf(proxy);
  return {
    environment: {
      HTTPS_PROXY: `http://127.0.0.1:${proxyPort}`,
      NO_PROXY: "",
      no_proxy: "",
      NODE_USE_ENV_PROXY: "1",
      NODE_EXTRA_CA_CERTS: authority,
    },
    requests,
    async close() {
      site.closeAllConnections();
      for (const server of [proxy, site]) await new Promise((closed) => server.close(closed));
      rmSync(folder, { recursive: true });
    },
  };
}

async function portOf(server: ReturnType<typeof createServer | typeof createSecureServer>): Promise<number> {
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  // A server that listens on a port has an address of this form.
  return (server.address() as AddressInfo).port;
}
