// Traces and logs as they come: the newest of each, and word when there are more.

import { connection, get } from "./server.js";

/** Items in the order they came; "items" is told with `added` and `removed` (from the front). */
class Feed extends EventTarget {
  items = [];
  ready = false;
  total = 0;
  #run = null;
  #next = 0;
  #busy = false;
  #again = false;
  #known = new Map();
  #isReady = null;
  /** Resolves once the first answer is there. */
  whenReady = new Promise((resolve) => (this.#isReady = resolve));

  /** `keyOf(item)`: what is told of one thing twice replaces what was told first. */
  constructor(path, limit, prepare, keyOf) {
    super();
    this.path = path;
    this.limit = limit;
    this.prepare = prepare;
    this.keyOf = keyOf;
  }

  /** What is new; of several calls at a time one is enough. */
  async pull() {
    if (this.#busy) {
      this.#again = true;
      return;
    }
    this.#busy = true;
    try {
      this.#take(await get(`${this.path}?after=${this.#next}&limit=${this.limit}`));
    } catch {
      // The connection knows, and asks again.
    } finally {
      this.#busy = false;
    }
    if (this.#again) {
      this.#again = false;
      this.pull();
    }
  }

  /** Somebody says how far there are items. */
  hear(run, next) {
    if (run !== this.#run || next !== this.#next) this.pull();
  }

  #take(answer) {
    if (this.#run !== null && answer.run !== this.#run) {
      // Another server: its numbers begin anew.
      this.#reset();
      this.#run = answer.run;
      this.#again = true;
      return;
    }
    this.#run = answer.run;
    this.#next = answer.next;
    const told = answer[this.path];
    const added = told.filter((item) => this.#put(item)).length;
    this.total += added;
    const removed = this.items.splice(0, Math.max(0, this.items.length - this.limit));
    for (const item of removed) this.#known.delete(this.keyOf(item));
    const first = !this.ready;
    this.ready = true;
    this.#isReady();
    if (told.length || first) this.#tell(Math.min(added, this.limit), removed.length);
  }

  /** Whether it is new. */
  #put(item) {
    this.prepare(item);
    const key = this.keyOf(item);
    const known = this.#known.get(key);
    if (known) {
      Object.assign(known, item, { seq: known.seq });
      return false;
    }
    this.#known.set(key, item);
    this.items.push(item);
    return true;
  }

  #reset() {
    const removed = this.items.length;
    this.items.length = 0;
    this.#known.clear();
    this.#next = 0;
    this.#tell(0, removed);
  }

  #tell(added, removed) {
    this.dispatchEvent(new CustomEvent("items", { detail: { added, removed } }));
  }
}

const TRACE_TEXTS = [
  "name",
  "status",
  "verdict",
  "provider",
  "user",
  "user_name",
  "request_id",
  "id",
];

/** Lower case, once: a search looks at it on every letter typed. */
function readTrace(trace) {
  trace.text = TRACE_TEXTS.map((key) => trace[key] ?? "")
    .join(" ")
    .toLowerCase();
  trace.user_name ??= null;
}

const NOT_SEARCHED = new Set(["seq", "time"]);

function readLog(line) {
  let text = "";
  for (const [key, value] of Object.entries(line)) {
    if (!NOT_SEARCHED.has(key)) text += `${value} `;
  }
  line.text_lower = text.toLowerCase();
  line.at = Date.parse(line.time);
}

export const traces = new Feed(
  "traces",
  10_000,
  readTrace,
  (trace) => `${trace.id} ${trace.span ?? trace.seq}`,
);
export const logs = new Feed("logs", 20_000, readLog, (line) => line.seq);

let source = null;

/** Listens while the page is in sight: a browser has few connections to one host. */
export function listen() {
  source?.close();
  if (document.hidden) return;
  source = new EventSource("/api/events");
  source.addEventListener("message", (event) => {
    const word = JSON.parse(event.data);
    connection.found();
    traces.hear(word.run, word.traces);
    logs.hear(word.run, word.logs);
  });
  source.addEventListener("error", () => connection.lost());
}

document.addEventListener("visibilitychange", listen);
connection.addEventListener("back", () => {
  if (source?.readyState !== EventSource.OPEN) listen();
  traces.pull();
  logs.pull();
});
