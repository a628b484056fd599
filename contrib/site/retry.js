// Asking again until somebody answers.

const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;

/** How long to wait before attempt number `attempt` + 1. */
function delayOf(attempt, retryAfterSeconds) {
  const backOff = Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt);
  // Spread, so that all the open pages do not come back in the same instant.
  return Math.max(backOff, retryAfterSeconds * 1000) * (1 + Math.random() / 4);
}

/** Waits, telling onWait(seconds left) each second; `hurry` (a signal) ends it at once. */
function pause(ms, onWait, hurry) {
  return new Promise((resolve) => {
    const end = performance.now() + ms;
    let timer;
    const done = () => {
      clearTimeout(timer);
      hurry.removeEventListener("abort", done);
      resolve();
    };
    const tick = () => {
      const left = end - performance.now();
      if (left <= 0) return done();
      onWait(Math.ceil(left / 1000));
      timer = setTimeout(tick, Math.min(1000, left));
    };
    hurry.addEventListener("abort", done);
    tick();
  });
}

/**
 * One thing to be done however long it takes. A new run() replaces the one that is waiting,
 * whose promise then never resolves.
 */
export class Persistent {
  #run = 0;
  #hurry = new AbortController();

  async run(ask, { onWait, onAnswer }) {
    const mine = ++this.#run;
    this.hurry();
    for (let attempt = 0; ; attempt++) {
      const answer = await ask();
      if (mine !== this.#run) return new Promise(() => {});
      if (answer.kind !== "unreachable") {
        onAnswer();
        return answer;
      }
      this.#hurry = new AbortController();
      await pause(delayOf(attempt, answer.retryAfter), onWait, this.#hurry.signal);
      if (mine !== this.#run) return new Promise(() => {});
    }
  }

  /** Ends the present wait. */
  hurry() {
    this.#hurry.abort();
  }
}
