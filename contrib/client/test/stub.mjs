// A server that answers as it is told, in order, and remembers what it was asked.

import { createServer } from "node:http";

export const PROFILE = {
  userId: "1", email: "ada@example.org", theme: "light", notifications: true };

/** A refusal as Gatehouse writes it. */
export const problem = (status, code, details = null, headers = {}) =>
  ({ status, headers, body: { code, message: `it is ${code}`, details } });

export const UNAUTHENTICATED = problem(401, "unauthenticated");
export const OK = { status: 200, body: PROFILE };

/**
 * `answers`: {status, headers?, body?, text?}, or "reset", "half" (of the promised bytes), "hang";
 * the last one goes on for ever.
 */
export async function stub(answers) {
  const seen = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (bytes) => (body += bytes));
    request.on("end", () => {
      const answer = answers[Math.min(seen.length, answers.length - 1)];
      seen.push({ method: request.method, url: request.url, headers: request.headers, body });
      give(answer, request, response);
    });
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return {
    seen,
    url: `http://127.0.0.1:${server.address().port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

function give(answer, request, response) {
  if (answer === "hang") return;
  if (answer === "reset") {
    request.socket.destroy();
    return;
  }
  if (answer === "half") {
    response.writeHead(200, { "Content-Type": "application/json", "Content-Length": "1000" });
    response.write('{"userId":', () => request.socket.destroy());
    return;
  }
  const { status, headers = {}, body, text } = answer;
  response.writeHead(status,
    { "X-Request-Id": "r-1", "Content-Type": "application/json", ...headers });
  response.end(text ?? JSON.stringify(body));
}
