// A server for the pages of the browser tests: files of the project, to this machine only.
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize, sep } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
};

/** Where a page finds the package, as a server that shows node_modules would have it. */
const PACKAGE = '/node_modules/smmuv3-wasm/';

export interface PageServer {
  /** Ends without a slash. */
  readonly origin: string;
  readonly requested: string[];
  close(): Promise<void>;
}

/** `pages`: bodies by path; everything else is a file below the working directory. `headers`: of every answer, besides its type. */
export async function serve(
  pages: ReadonlyMap<string, string>,
  headers: Readonly<Record<string, string>> = {},
): Promise<PageServer> {
  const root = process.cwd();
  const requested: string[] = [];
  const server: Server = createServer((request, response) => {
    void (async () => {
      const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
      requested.push(path);
      if (path === '/favicon.ico') {
        response.writeHead(204).end(); // browsers ask on their own account
        return;
      }
      const page = pages.get(path);
      if (page !== undefined) {
        response.writeHead(200, { ...headers, 'content-type': TYPES['.html'] }).end(page);
        return;
      }
      const wanted = path.endsWith('/') ? `${path}index.html` : path;
      const file = normalize(
        join(root, wanted.startsWith(PACKAGE) ? wanted.slice(PACKAGE.length - 1) : wanted),
      );
      const bytes = file.startsWith(root + sep) ? await readFile(file).catch(() => undefined) : undefined;
      if (bytes === undefined) response.writeHead(404).end();
      else
        response
          .writeHead(200, { ...headers, 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' })
          .end(bytes);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    requested,
    close: () =>
      new Promise((resolve, reject) => {
        server.closeAllConnections();
        server.close((error) => (error === undefined ? resolve() : reject(error)));
      }),
  };
}
