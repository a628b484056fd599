// Just enough TAP: named tests in order, each seen to its end before the next.

let count = 0;
let failed = 0;

export class Failed extends Error {}

export function check(condition, message) {
  if (!condition) throw new Failed(message);
}

export function equal(actual, expected, what) {
  check(actual === expected,
    `${what}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`);
}

/** Runs one test; `onFailure(number)` may save evidence. */
export async function test(name, body, onFailure = async () => {}) {
  const number = ++count;
  try {
    await body();
    console.log(`ok ${number} - ${name}`);
  } catch (error) {
    failed++;
    console.log(`not ok ${number} - ${name}`);
    const text = error instanceof Failed ? error.message : (error.stack ?? String(error));
    for (const line of text.split("\n")) console.log(`# ${line}`);
    await onFailure(number).catch(() => {});
  }
}

/** The plan; returns the exit status. */
export function finish() {
  console.log(`1..${count}`);
  return failed === 0 ? 0 : 1;
}

/** Waits until `condition` holds; says what for when it does not within the time. */
export async function eventually(what, condition, limitMs = 20_000) {
  const end = Date.now() + limitMs;
  while (!(await condition())) {
    check(Date.now() < end, `not within ${limitMs / 1000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
