// Numbers and times as people read them.

/** Microseconds: three digits that matter. */
export function duration(us) {
  if (us === null || us === undefined) return "";
  if (us < 1000) return `${Math.round(us)} µs`;
  const [value, unit] = us < 1e6 ? [us / 1e3, "ms"] : [us / 1e6, "s"];
  return `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ${unit}`;
}

const two = (n) => String(n).padStart(2, "0");

/** Time of day with milliseconds, in the browser's zone. */
export function clock(ms) {
  const at = new Date(ms);
  return (
    `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}` +
    `.${String(at.getMilliseconds()).padStart(3, "0")}`
  );
}

export function day(ms) {
  const at = new Date(ms);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

const STEPS = [
  [60, "second"],
  [60, "minute"],
  [24, "hour"],
  [30, "day"],
  [12, "month"],
  [1e9, "year"],
];

/** "3 minutes ago". */
export function ago(ms, now = Date.now()) {
  let value = (now - ms) / 1000;
  for (const [size, unit] of STEPS) {
    if (Math.abs(value) < size) {
      const count = Math.round(Math.abs(value));
      if (unit === "second" && count < 2) return "just now";
      const text = `${count} ${unit}${count === 1 ? "" : "s"}`;
      return value < 0 ? `in ${text}` : `${text} ago`;
    }
    value /= size;
  }
  return "";
}

/** How long, from milliseconds: "4 min 3 s". */
export function span(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const s = Math.floor(ms / 1000);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`;
}

export function bytes(n) {
  let unit = 0;
  while (n >= 1024 && unit < 3) {
    n /= 1024;
    unit++;
  }
  return `${n < 10 && unit ? n.toFixed(1) : Math.round(n)} ${["B", "KiB", "MiB", "GiB"][unit]}`;
}

export const count = (n) => n.toLocaleString("en");

export const plural = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;

/** The class of a status: "2xx". */
export const statusClass = (status) => (status ? `${Math.floor(status / 100)}xx` : "");

/** The smallest of 1, 2, 5, 10 … that is not below. */
export function nice(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value);
}

/** The value below which a share of the numbers lies. */
export function quantile(sorted, share) {
  return sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] : 0;
}
