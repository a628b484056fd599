// A real, certified OpenID provider (the oidc-provider package) for the quickstart: accounts by
// e-mail and password, one public client, access tokens that are JWTs for our API.
// Not for production.

import { createServer } from "node:http";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Accounts } from "./accounts.mjs";
import { configuration } from "./configuration.mjs";
import { Interactions } from "./interactions.mjs";

const USAGE = `usage: provider.mjs --client-id ID --redirect-uri URL --audience URI [OPTION]...

  --client-id ID       the public client: authorization code with PKCE, no secret
  --redirect-uri URL   where it is sent back to, after signing in and out; repeatable
  --audience URI       the API that access tokens are for
  --listen HOST:PORT   default 127.0.0.1:0: the kernel chooses the port
  --issuer URL         our address as browsers see it; a path in it is part of every request
                       (default: http:// and where we listen)
  --state FILE         accounts and keys survive a restart (mode 0600)
  --ready-file FILE    {"issuer":URL,"public":URL,"pid":N}, once we listen
  --token-life N       seconds that an access token lasts (default 3600)
  --admin EMAIL        whose access tokens have the role "admin"; as no address is verified
                       here, whoever signs up with it first
  --title TEXT         name shown on the pages
  --help               this text
`;

const text = { type: "string" };
const OPTIONS = {
  "client-id": text, "audience": text, "redirect-uri": { type: "string", multiple: true },
  "listen": { ...text, default: "127.0.0.1:0" }, "issuer": text, "state": text,
  "ready-file": text, "token-life": { ...text, default: "3600" },
  "title": { ...text, default: "OpenID provider" }, "admin": text, "help": { type: "boolean" },
};

function refuse(why) {
  console.error(`provider.mjs: ${why}`);
  process.exit(64);
}

function readOptions() {
  let options;
  try {
    options = parseArgs({ options: OPTIONS }).values;
  } catch (error) {
    refuse(error.message);
  }
  if (options.help) {
    process.stdout.write(USAGE);
    process.exit(0);
  }
  for (const name of ["client-id", "redirect-uri", "audience"]) {
    if (!options[name]) refuse(`--${name} is missing; see --help`);
  }
  if (!/^.+:\d{1,5}$/.test(options.listen)) refuse("--listen wants HOST:PORT");
  if (!/^[1-9]\d{0,6}$/.test(options["token-life"])) refuse("--token-life wants seconds");
  return options;
}

function writeReady(file, ready) {
  if (!file) return;
  writeFileSync(`${file}.part`, `${JSON.stringify(ready)}\n`, { mode: 0o600 });
  renameSync(`${file}.part`, file);
}

/** The path of the issuer, without a slash at the end: what comes before every route of ours. */
const mountOf = (issuer) => new URL(issuer).pathname.replace(/\/$/, "");

/** Hands each request on without the mount's path, as the libraries inside expect it. */
function mounted(mount, handler) {
  return (request, response) => {
    const below = request.url.slice(mount.length);
    if (!request.url.startsWith(mount) || !/^[/?]|^$/.test(below)) {
      response.writeHead(404).end();
      return;
    }
    request.originalUrl = request.url;
    request.baseUrl = mount;
    request.url = below.startsWith("/") ? below : `/${below}`;
    handler(request, response);
  };
}

async function main() {
  const options = readOptions();
  const accounts = new Accounts(options.state);
  const [, host, port] = /^(.+):(\d+)$/.exec(options.listen);
  const server = createServer();
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(Number(port), host.replace(/^\[|\]$/g, ""), resolve);
  });
  const here = `http://${host}:${server.address().port}`;
  const issuer = options.issuer ?? here;
  const mount = mountOf(issuer);
  // Only now: --help needs no packages.
  const library = await import("oidc-provider");
  const provider = new library.Provider(issuer, configuration(options, accounts, library));
  provider.on("server_error", (_, error) => console.error(error));
  const interactions = new Interactions(provider, accounts, options.title, mount);
  const routes = provider.callback();
  server.on("request", mounted(mount, (request, response) =>
    interactions.handles(request)
      ? interactions.answer(request, response) : routes(request, response)));
  const stop = () => {
    if (options["ready-file"]) rmSync(options["ready-file"], { force: true });
    process.exit(0);
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  writeReady(options["ready-file"], { issuer, public: here, pid: process.pid });
  console.log(`provider: issuer ${issuer}, listening on ${here}`);
}

main().catch((error) => {
  console.error(`provider.mjs: ${error.message}`);
  process.exit(1);
});
