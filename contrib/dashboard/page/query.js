// The search language: words, and terms such as status:5xx, duration:>50ms or -route:/healthz.
//
// A term is KEY:VALUE or KEY followed by a comparison; a value with spaces stands in quotes; a
// minus before it means "not". Whatever is no term is looked for in the whole text.

const UNITS = { us: 1, µs: 1, ms: 1e3, s: 1e6 };
const COMPARE = {
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  "=": (a, b) => a === b,
};
const LEVELS = ["debug", "info", "warn", "error"];

/** The words of a query, with quotes kept together. */
export const split = (text) => text.match(/(?:[^\s"]|"[^"]*"?)+/g) ?? [];

const unquote = (text) => text.replaceAll('"', "");

function comparison(text, parse) {
  const [, sign, rest] = /^(>=|<=|>|<|=)?(.*)$/s.exec(text);
  const wanted = parse(rest);
  return wanted === null ? null : { sign: sign ?? "", wanted };
}

function parseDuration(text) {
  const found = /^(\d+(?:\.\d+)?)(us|µs|ms|s)?$/.exec(text);
  return found && Number(found[1]) * UNITS[found[2] ?? "ms"];
}

const parseNumber = (text) => (/^\d+$/.test(text) ? Number(text) : null);

/** How a value is asked about; each makes a test of the value, or null for nonsense. */
const KINDS = {
  text: (wanted) => {
    const low = wanted.toLowerCase();
    return (value) => value != null && String(value).toLowerCase().includes(low);
  },
  exact: (wanted) => {
    const low = wanted.toLowerCase();
    return (value) => value != null && String(value).toLowerCase() === low;
  },
  status: (wanted) => {
    const group = /^([1-5])xx$/i.exec(wanted);
    if (group) return (value) => Math.floor(value / 100) === Number(group[1]);
    const asked = comparison(wanted, parseNumber);
    return asked && ((value) => COMPARE[asked.sign || "="](value, asked.wanted));
  },
  // Without a sign: at least so long.
  duration: (wanted) => {
    const asked = comparison(wanted, parseDuration);
    return asked && ((value) => COMPARE[asked.sign || ">="](value, asked.wanted));
  },
  // And worse.
  level: (wanted) => {
    const least = LEVELS.findIndex((level) => level.startsWith(wanted.toLowerCase()));
    return least < 0 ? null : (value) => LEVELS.indexOf(value) >= least;
  },
  flag: (wanted, flags) => flags[wanted.toLowerCase()] ?? null,
};

function term(word, fields) {
  const not = word.length > 1 && word.startsWith("-");
  const text = not ? word.slice(1) : word;
  const [, key, sign, value] = /^([a-z_]+)(:|(?=[<>]))(.*)$/is.exec(text) ?? [];
  const field = sign !== undefined && value && fields[key.toLowerCase()];
  if (!field) return { not, test: fields.text(unquote(text).toLowerCase()) };
  const test = KINDS[field.kind](unquote(value), field.flags);
  if (!test) return { problem: word };
  return { not, test: field.kind === "flag" ? test : (item) => test(field.get(item)) };
}

/**
 * {matches(item), problems}: problems are the words that make no sense, and are left out.
 * `fields`: by key {get(item), kind}, and text(words) that makes a test of an item.
 */
export function compile(text, fields) {
  const terms = split(text).map((word) => term(word, fields));
  const good = terms.filter((one) => one.test);
  return {
    problems: terms.flatMap((one) => one.problem ?? []),
    matches: (item) => good.every(({ test, not }) => Boolean(test(item)) !== not),
    empty: good.length === 0,
  };
}

export const has = (text, word) => split(text).includes(word);

/** The query with the word, or without it if it was there; `instead`: words that it replaces. */
export function toggle(text, word, instead = []) {
  const words = split(text);
  const kept = words.filter((one) => one !== word && !instead.includes(one));
  return (words.includes(word) ? kept : [...kept, word]).join(" ");
}

/** KEY:VALUE, quoted where need be. */
export const termOf = (key, value) => `${key}:${/\s/.test(value) ? `"${value}"` : value}`;
