// A guarded endpoint: who is signed in, and one action for a role; ../README.md: how to mount it.
//
//   node members.mjs /run/members.sock     a socket that only the web server may open, or
//   node members.mjs 8080                  a port of 127.0.0.1: then whoever is on this machine
//                                          can say to be anybody

import { createServer } from "node:http";
import { unescape } from "node:querystring";

const ADMINS = ["admin", "org:admin"];  // a role of Ory's or an issuer's, and one of Clerk's
const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const FORM = '<form method="post"><p class="actions"><button class="button primary">Announce' +
  "</button></p></form>";
const esc = (text) => text.replace(/[&<>"']/g, (character) => ENTITIES[character]);

/** Who is signed in, as Gatehouse told the web server; null: nobody asked Gatehouse. */
function getAuthData({ headers }) {
  // The web server's recipe sets these headers anew, whatever the client sent. One that came
  // twice would have a space in it, which Gatehouse writes as %20.
  const of = (name) => headers[`x-auth-${name}`] ?? "";
  const names = ["user", "provider", "name", "email", "org"];
  if (of("user") === "" || /[^!-~]/.test([...names, "roles"].map(of).join(""))) return null;
  const who = Object.fromEntries(names.map((name) => [name, unescape(of(name))]));
  who.roles = of("roles") ? of("roles").split(",").map(unescape) : [];
  return who;
}

const page = ({ roles, ...who }, isAdmin, said) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Your membership</title>
<link rel="stylesheet" href="/style.css">
<script src="/theme.js"></script>
<main class="column"><div class="card">
<h1>Hello, ${esc(who.name || who.email || who.user)}</h1>
<dl class="facts">
${Object.entries({ roles: roles.join(", "), ...who }).map(([name, value]) =>
    `<div><dt>${name}</dt><dd>${esc(value || "none")}</dd></div>`).join("\n")}
</dl>
${isAdmin ? FORM : ""}
<p role="status">${said}</p>
<p><a href="/">Home</a> · <a href="/auth/logout?return_to=%2F">Sign out</a></p>
</div></main>
`;

/** [status, type, body] */
function respond(request) {
  const who = getAuthData(request);
  if (!who) {
    return [500, "text/plain",
      "The guard is not configured: nobody told this program X-Auth-User.\n"];
  }
  const isAdmin = who.roles.some((role) => ADMINS.includes(role));
  let said = "";
  if (request.method === "POST") {
    // Forms of other sites do not get here: Gatehouse refuses them.
    if (!isAdmin) return [403, "text/plain", "This is for the role admin.\n"];
    said = "Announced. (As this is a sample: to nobody.)";
  }
  if (request.headers.accept?.includes("application/json")) {
    return [200, "application/json", JSON.stringify({ ...who, said })];
  }
  return [200, "text/html", page(who, isAdmin, said)];
}

const [where] = process.argv.slice(2);
createServer((request, response) => {
  const [status, type, body] = respond(request);
  response.writeHead(status, {
    "Content-Type": `${type}; charset=utf-8`, "Cache-Control": "private, no-store" }).end(body);
}).listen(/^\d+$/.test(where) ? { host: "127.0.0.1", port: where } : { path: where });
