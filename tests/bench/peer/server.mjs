// SPDX-License-Identifier: MIT
// GET /user/profile as a Node developer would serve it with Clerk: Fastify, the
// official SDK verifying the token with a configured key (no network), and one
// prepared SELECT through pg's pool.  The same answer as Gatehouse's.
//
//   PEER_KEY       a PEM file: the instance's public key (jwtKey)
//   PEER_PARTY     the one authorized party (azp)
//   PEER_DATABASE  postgresql: URL
//
// Listens on a port of the kernel's choice and prints {"port":N}.

import { readFileSync } from "node:fs";
import { verifyToken } from "@clerk/backend";
import Fastify from "fastify";
import pg from "pg";

const { PEER_KEY, PEER_PARTY, PEER_DATABASE } = process.env;

const options = {
  jwtKey: readFileSync(PEER_KEY, "utf8"),
  authorizedParties: [PEER_PARTY],
};
const pool = new pg.Pool({ connectionString: PEER_DATABASE });
const app = Fastify();

// As Fastify's authors advise: with a schema it need not guess at the answer.
const string = { type: "string" };
const profileSchema = {
  type: "object",
  properties: {
    userId: string,
    email: string,
    theme: string,
    notifications: { type: "boolean" },
    bio: string,
  },
};

app.decorateRequest("claims", null);

async function authenticate(request, reply) {
  const [scheme, token] = (request.headers.authorization ?? "").split(" ");
  try {
    if (scheme !== "Bearer") {
      throw new Error("no token");
    }
    request.claims = await verifyToken(token, options);
  } catch {
    return reply.code(401).send({ error: "unauthorized" });
  }
}

async function profile(request) {
  const { sub, email } = request.claims;
  // A name makes it a prepared statement.
  const { rows } = await pool.query({
    name: "profile",
    text:
      "SELECT theme, notifications, bio FROM user_profile" +
      " WHERE provider = $1 AND user_id = $2",
    values: ["clerk", sub],
  });
  const { theme, notifications, bio } = rows[0];
  return { userId: sub, email, theme, notifications, bio };
}

app.get(
  "/user/profile",
  { preHandler: authenticate, schema: { response: { 200: profileSchema } } },
  profile,
);

await app.listen({ host: "127.0.0.1", port: 0 });
console.log(JSON.stringify({ port: app.server.address().port }));
