// SPDX-License-Identifier: MIT
// What nginx's auth_request asks, as a Node developer would write it: Express,
// and who is signed in in a signed cookie.  Nothing is looked up anywhere.
//
// Listens on a port of the kernel's choice and prints {"port":N}.

import express from "express";
import session from "cookie-session";

const app = express();
app.set("x-powered-by", false);
app.use(session({ keys: ["bench"], maxAge: 24 * 60 * 60 * 1000 }));

// Stands for the way back from the provider.
app.get("/login", (request, response) => {
  const { user } = request.query;
  request.session.user = {
    id: `${user}-0000-4000-8000`,
    email: `user${user}@example.com`,
    name: `User Number${user}`,
  };
  response.end();
});

app.get("/check", (request, response) => {
  const { user } = request.session;
  if (user === undefined) {
    response.status(401).end();
    return;
  }
  response.set({ "X-Auth-User": user.id, "X-Auth-Email": user.email });
  response.status(204).end();
});

const server = app.listen(0, "127.0.0.1", () => {
  console.log(JSON.stringify({ port: server.address().port }));
});
// A web server keeps its connections; Node's five seconds would end them.
server.keepAliveTimeout = 120_000;
