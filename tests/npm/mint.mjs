// Mints tokens with jose, and with node's own crypto what jose refuses to make.
//
// Reads one JSON object a line and answers each with one: {"ok": value} or {"error": {...}}.
// Environment: NPM_DIR (a folder with node_modules).  Keys live here, under names.

import crypto from "node:crypto";
import { createRequire } from "node:module";
import path from "node:path";
import readline from "node:readline";

const require = createRequire(path.join(path.resolve(process.env.NPM_DIR), "package.json"));
const jose = require("jose");

const keys = new Map();
const bytes = (value) => new TextEncoder().encode(
  typeof value === "string" ? value : JSON.stringify(value));

const operations = {
  // A key for a JOSE algorithm; the public JWK, with these members over it.
  async generate({ name, alg, members }) {
    const { privateKey, publicKey } = await jose.generateKeyPair(alg, { extractable: true });
    keys.set(name, privateKey);
    return { ...await jose.exportJWK(publicKey), ...members };
  },

  // A key that no JOSE algorithm wants: a short one, another curve.
  generateOther({ name, type, options, members }) {
    const { privateKey, publicKey } = crypto.generateKeyPairSync(type, options);
    keys.set(name, privateKey);
    return { ...publicKey.export({ format: "jwk" }), ...members };
  },

  sign: ({ name, header, claims }) =>
    new jose.CompactSign(bytes(claims)).setProtectedHeader(header).sign(keys.get(name)),

  // Whatever the header says: signed with this hash and these options, or the key as a secret.
  forge({ name, header, claims, hash, options, secret }) {
    const text = [header, claims].map((part) => jose.base64url.encode(bytes(part))).join(".");
    const signature = secret !== undefined
      ? crypto.createHmac(hash, secret).update(text).digest()
      : crypto.sign(hash ?? null, Buffer.from(text), { key: keys.get(name), ...options });
    return `${text}.${jose.base64url.encode(signature)}`;
  },

  async verify({ token, jwks, options }) {
    const { payload } = await jose.jwtVerify(token, jose.createLocalJWKSet(jwks), options);
    return payload;
  },
};

for await (const line of readline.createInterface({ input: process.stdin })) {
  const { op, ...given } = JSON.parse(line);
  let answer;
  try {
    answer = { ok: await operations[op](given) };
  } catch (error) {
    answer = { error: { name: error.name, message: error.message, code: error.code } };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
