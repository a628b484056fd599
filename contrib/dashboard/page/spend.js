// Where the time of a trace went: arithmetic alone, and in whole microseconds, so that the
// parts of a request add up to it.

const PARTS = [
  { name: "app", label: "Gatehouse" },
  { name: "auth", label: "Authentication" },
  { name: "cache", label: "Cache" },
  { name: "provider", label: "Identity provider" },
  { name: "sql", label: "Database" },
];

/** Which part a span belongs to. */
export function partOf(span) {
  if (span.attributes["db.system.name"]) return "sql";
  if (span.name === "authenticate") return "auth";
  if (span.name === "cache") return "cache";
  return span.kind === 3 ? "provider" : "app";
}

/**
 * The spans as a tree: in order of their start, children below their parent, each with
 *   depth      how far below a request
 *   self_us    the time in which nothing below it was running
 *   self       those times, as [start, end]
 * Spans whose parent is not there are requests of their own.
 */
export function tree(spans) {
  const nodes = new Map(
    spans.map((span) => [span.id, { ...span, children: [], depth: 0, self: [], self_us: 0 }]),
  );
  const roots = [];
  for (const node of nodes.values()) {
    const parent = node.parent !== node.id && nodes.get(node.parent);
    if (parent) parent.children.push(node);
    else roots.push(node);
  }
  const rows = [];
  const walk = (list, depth, seen) => {
    list.sort((a, b) => a.start_us - b.start_us || b.duration_us - a.duration_us);
    for (const node of list) {
      if (seen.has(node)) continue;
      node.depth = depth;
      rows.push(node);
      walk(node.children, depth + 1, new Set([...seen, node]));
    }
  };
  walk(roots, 0, new Set());
  for (const root of roots) spend(root);
  return { roots, rows };
}

const below = (node) => [node, ...node.children.flatMap(below)];

/** Each moment of a request is the deepest span's that runs then; of two, the later one's. */
function spend(root) {
  const all = below(root);
  const end = root.start_us + root.duration_us;
  const marks = [
    ...new Set(all.flatMap((node) => [node.start_us, node.start_us + node.duration_us])),
  ]
    .filter((at) => at >= root.start_us && at <= end)
    .sort((a, b) => a - b);
  for (let i = 0; i + 1 < marks.length; i++) {
    const [from, to] = [marks[i], marks[i + 1]];
    const running = all.filter(
      (node) => node.start_us <= from && node.start_us + node.duration_us >= to,
    );
    const node = running.reduce(
      (best, one) =>
        one.depth > best.depth || (one.depth === best.depth && one.start_us >= best.start_us)
          ? one
          : best,
      root,
    );
    const last = node.self.at(-1);
    if (last?.[1] === from) last[1] = to;
    else node.self.push([from, to]);
    node.self_us += to - from;
  }
}

/** [{name, label, us}] of the parts that took time; their sum is that of the requests. */
export function parts(rows) {
  const sums = {};
  for (const node of rows) sums[partOf(node)] = (sums[partOf(node)] ?? 0) + node.self_us;
  return PARTS.map((part) => ({ ...part, us: sums[part.name] ?? 0 })).filter((part) => part.us > 0);
}

/** The same for a row of the list, of which only sums are known. */
export function partsOfRow(trace) {
  const total = trace.duration_us;
  const sql = Math.min(trace.database_us ?? 0, total);
  const provider = Math.min(trace.provider_us ?? 0, total - sql);
  const auth = Math.max(0, Math.min((trace.auth_us ?? 0) - provider, total - sql - provider));
  return { app: total - sql - provider - auth, auth, provider, sql };
}
