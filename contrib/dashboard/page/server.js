// Questions to the dashboard's server, and whether it is there.

const TIMEOUT_MS = 10_000;
const FIRST_MS = 1_000;
const LONGEST_MS = 15_000;

/** An answer that is no good; `status` 0 when nobody answered. */
class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** The JSON of GET /api/`path`; throws Refused. */
export async function get(path) {
  let answer;
  try {
    answer = await fetch(`/api/${path}`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch {
    connection.lost();
    throw new Refused(0, "The dashboard does not answer.");
  }
  const body = await answer.json().catch(() => null);
  if (!answer.ok || body === null) {
    throw new Refused(answer.status, body?.error ?? `The dashboard answers ${answer.status}.`);
  }
  connection.found();
  return body;
}

/** Is there, or is not; while it is not, it is asked again, ever more rarely. */
class Connection extends EventTarget {
  here = true;
  #attempt = 0;
  #timer = 0;
  next = 0;

  lost() {
    if (!this.here) return;
    this.here = false;
    this.#attempt = 0;
    this.#wait();
    this.dispatchEvent(new Event("change"));
  }

  found() {
    if (this.here) return;
    this.here = true;
    clearTimeout(this.#timer);
    this.dispatchEvent(new Event("change"));
    this.dispatchEvent(new Event("back"));
  }

  retry() {
    if (!this.here) this.#ask();
  }

  #wait() {
    const ms = Math.min(LONGEST_MS, FIRST_MS * 2 ** this.#attempt++);
    this.next = Date.now() + ms;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(), ms);
  }

  async #ask() {
    clearTimeout(this.#timer);
    this.next = 0;
    // Whoever answers at all is there: found() is called by get().
    await get("info").catch((error) => error.status && this.found());
    if (!this.here) this.#wait();
  }
}

export const connection = new Connection();
