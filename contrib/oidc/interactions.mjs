// Signing in and signing up: what happens between the library's question "who is this?" and
// its answer to the client.

import { HEADERS, failed, signIn, signUp } from "./pages.mjs";
import { Wrong } from "./accounts.mjs";

const BODY_MAX = 8 * 1024;
const ROUTE = /^\/interaction\/([A-Za-z0-9_-]{1,64})(?:\/(login|register))?$/;

async function readForm(request) {
  let body = "";
  for await (const chunk of request.setEncoding("utf8")) {
    body += chunk;
    if (body.length > BODY_MAX) throw new Wrong("This is too long.");
  }
  return Object.fromEntries(new URLSearchParams(body));
}

const pathOf = (request) => request.url.split("?")[0];

export class Interactions {
  #provider;
  #accounts;
  #title;
  #mount;

  constructor(provider, accounts, title, mount) {
    this.#provider = provider;
    this.#accounts = accounts;
    this.#title = title;
    this.#mount = mount;
  }

  handles(request) {
    return ROUTE.test(pathOf(request));
  }

  async answer(request, response) {
    try {
      await this.#step(request, response);
    } catch (error) {
      const expected = (error.statusCode ?? 500) < 500;
      if (!expected) console.error(error);
      this.#show(response, failed(this.#title, {
        error: error.error ?? "server_error",
        error_description: expected ? "This sign-in has ended, or began in another browser."
          : "Something went wrong here.",
      }), expected ? 400 : 500);
    }
  }

  #show(response, html, status = 200) {
    response.writeHead(status, HEADERS).end(html);
  }

  async #step(request, response) {
    const [, uid, action] = ROUTE.exec(pathOf(request));
    // The cookie of this interaction proves that the same browser began it.
    const { prompt, uid: begun } = await this.#provider.interactionDetails(request, response);
    const at = `${this.#mount}/interaction/${begun}`;
    if (uid !== begun) {
      response.writeHead(303, { Location: at }).end();
    } else if (request.method === "POST" && action) {
      await this.#submit(request, response, { action, at, prompt });
    } else {
      const wanted = action ?? (prompt.name === "create" ? "register" : "login");
      this.#show(response, (wanted === "register" ? signUp : signIn)(this.#title, at));
    }
  }

  async #submit(request, response, { action, at, prompt }) {
    const registers = action === "register";
    let typed = {};
    try {
      typed = await readForm(request);
      const account = registers ? this.#accounts.register(typed) : this.#accounts.verify(typed);
      // The question that was asked, whichever page it was answered on.
      await this.#provider.interactionFinished(request, response,
        { [prompt.name]: {}, login: { accountId: account.id } });
    } catch (error) {
      if (!(error instanceof Wrong)) throw error;
      const again = registers ? signUp : signIn;
      this.#show(response, again(this.#title, at, typed, error.message), 422);
    }
  }
}
