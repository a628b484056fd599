// Clerk's own SDK, @clerk/backend, and jose as a second opinion on signatures, asked line by line.
//
// Reads one JSON object a line and answers each with one: {"ok": value} or {"error": {...}}.
// Environment: API_URL, SECRET_KEY, PUBLISHABLE_KEY, and NPM_DIR (a folder with node_modules).

import { createRequire } from "node:module";
import path from "node:path";
import readline from "node:readline";

const require = createRequire(path.join(path.resolve(process.env.NPM_DIR), "package.json"));
const { createClerkClient, verifyToken } = require("@clerk/backend");
const jose = require("jose");

const { API_URL: apiUrl, SECRET_KEY: secretKey, PUBLISHABLE_KEY: publishableKey } = process.env;
// Tests talk to this machine only: without the second line the SDK reports its use to its maker.
const clerk = createClerkClient({ apiUrl, secretKey, publishableKey,
  telemetry: { disabled: true } });

console.log = console.info = console.error;       // packages talk too; stdout is for answers

const plain = (value) => JSON.parse(JSON.stringify(value));

const operations = {
  getUser: ({ id }) => clerk.users.getUser(id),
  deleteUser: ({ id }) => clerk.users.deleteUser(id),
  getSession: ({ id }) => clerk.sessions.getSession(id),
  revokeSession: ({ id }) => clerk.sessions.revokeSession(id),
  getToken: ({ id, template, seconds }) => clerk.sessions.getToken(id, template, seconds),

  // Keys from the Backend API, or from options.jwtKey without any network.
  verifyToken: ({ token, options }) =>
    verifyToken(token, options?.jwtKey ? options : { apiUrl, secretKey, ...options }),

  async authenticateRequest({ url, headers, options }) {
    const state = await clerk.authenticateRequest(new Request(url, { headers }), options);
    const { status, reason, message } = state;
    const { userId, sessionId } = state.toAuth() ?? {};
    return { status, reason, message, userId, sessionId };
  },

  async jose({ token, jwks, jwksUrl, options }) {
    const keys = jwks ? jose.createLocalJWKSet(jwks) : jose.createRemoteJWKSet(new URL(jwksUrl));
    const { payload, protectedHeader } = await jose.jwtVerify(token, keys, options);
    return { payload, header: protectedHeader };
  },
};

for await (const line of readline.createInterface({ input: process.stdin })) {
  const { op, ...given } = JSON.parse(line);
  let answer;
  try {
    answer = { ok: plain((await operations[op](given)) ?? null) };
  } catch (error) {
    const { name, message, code, reason, status, errors } = error;
    answer = { error: { name, message, code, reason, status, errors } };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
