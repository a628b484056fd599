// Calls a Gatehouse with contrib/client: a line of JSON in, a line of JSON out.
//
// Environment: CLIENT (its folder, built), URL (where Gatehouse is).
//   {"call", "with": [argument...], "tokens": [of the first try, of the renewed one], "options"}
//   {"value"}, or {"error": {"is", "kind", "status", "code", ...}}; and "fresh": what was asked

import path from "node:path";
import readline from "node:readline";

const { createClient, ...classes } = await import(
  path.join(process.env.CLIENT, "dist", "index.js"));

function told(error) {
  const { kind, status, code, reason, message, requestId, retryAfterMs, stepUpUrl, fields } = error;
  const is = Object.keys(classes).find((name) => classes[name] === error.constructor);
  return { is, kind, status, code, reason, message, requestId, retryAfterMs, stepUpUrl, fields };
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  const { call, with: given = [], tokens, options = {} } = JSON.parse(line);
  const fresh = [];
  const getToken = tokens && ((want) => (fresh.push(want.fresh), tokens[want.fresh ? 1 : 0]));
  const client = createClient({ baseUrl: process.env.URL, getToken, ...options });
  const outcome = await client[call](...given).then((value) => ({ value }),
    (error) => ({ error: told(error) }));
  console.log(JSON.stringify({ ...outcome, fresh }));
}
