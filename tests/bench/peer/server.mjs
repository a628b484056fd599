// SPDX-License-Identifier: MIT
// GET /user/profile as a Node developer would serve it: Fastify, the provider's
// official SDK, and one prepared SELECT through pg's pool.  The same answer as
// Gatehouse's.
//
//   PEER_WHO       clerk, ory or ory-cache: the module that knows who asks
//   PEER_DATABASE  postgresql: URL
//
// Listens on a port of the kernel's choice and prints {"port":N}.

import Fastify from "fastify";
import pg from "pg";

const { PEER_WHO, PEER_DATABASE } = process.env;
const [module, cached] = PEER_WHO.split("-");
const { provider, identify } = await import(`./${module}.mjs`);

const pool = new pg.Pool({ connectionString: PEER_DATABASE });
const app = Fastify();

// As Fastify's authors advise: with a schema it need not guess at the answer.
const string = { type: "string" };
const profileSchema = {
  type: "object",
  properties: {
    userId: string,
    email: string,
    name: string,
    theme: string,
    notifications: { type: "boolean" },
    bio: string,
  },
};

// What every article on the matter shows: a Map, and a time in each entry.
const TTL = 30_000;
const MOST = 50_000;
const known = new Map();

async function remembered(token) {
  const entry = known.get(token);
  if (entry !== undefined && entry.until > Date.now()) {
    return entry.who;
  }
  const who = await identify(token);
  if (known.size >= MOST) {
    known.delete(known.keys().next().value);
  }
  known.set(token, { who, until: Date.now() + TTL });
  return who;
}

const find = cached ? remembered : identify;

app.decorateRequest("who", null);

async function authenticate(request, reply) {
  const [scheme, token] = (request.headers.authorization ?? "").split(" ");
  try {
    if (scheme !== "Bearer") {
      throw new Error("no token");
    }
    request.who = await find(token);
  } catch {
    return reply.code(401).send({ error: "unauthorized" });
  }
}

async function profile(request) {
  const { id, email, name } = request.who;
  // A name makes it a prepared statement.
  const { rows } = await pool.query({
    name: "profile",
    text:
      "SELECT theme, notifications, bio FROM user_profile" +
      " WHERE provider = $1 AND user_id = $2",
    values: [provider, id],
  });
  const { theme, notifications, bio } = rows[0];
  return { userId: id, email, name, theme, notifications, bio };
}

app.get(
  "/user/profile",
  { preHandler: authenticate, schema: { response: { 200: profileSchema } } },
  profile,
);

await app.listen({ host: "127.0.0.1", port: 0 });
console.log(JSON.stringify({ port: app.server.address().port }));
