// The frame: which view is shown, the way between them, and whether the server is there.

import { read } from "./address.js";
import { apiView } from "./api.js";
import { configView } from "./config.js";
import { h, icon } from "./dom.js";
import { listen, logs, traces } from "./feed.js";
import { healthView } from "./health.js";
import { info, loadInfo } from "./info.js";
import { openKeys, useKeys } from "./keys.js";
import { logsView } from "./logs.js";
import { migrationsView } from "./migrations.js";
import { connection } from "./server.js";
import { tablesView } from "./tables.js";
import { tracesView } from "./traces.js";

/**
 * In the order of the number keys. Each makes, when first shown,
 *   element        what stands in the page
 *   show(address)  it is in sight, or its address changed
 *   hide()         it no longer is (optional)
 *   search()       puts the focus into its search field (optional)
 *   keys           its own keys: {key: [what it does, act]} (optional)
 */
const VIEWS = [
  { name: "traces", title: "Traces", letter: "t", make: tracesView },
  { name: "api", title: "API", letter: "a", make: apiView },
  { name: "logs", title: "Logs", letter: "l", make: logsView },
  { name: "tables", title: "Tables", letter: "b", make: tablesView },
  { name: "migrations", title: "Migrations", short: "Schema", letter: "m", make: migrationsView },
  { name: "config", title: "Configuration", short: "Config", letter: "c", make: configView },
  { name: "health", title: "Health", letter: "h", make: healthView },
];
const $ = (id) => document.getElementById(id);
const made = new Map();
let present = null;

function makeNavigation() {
  $("views").append(
    ...VIEWS.map(({ name, title, short, letter }, n) =>
      h(
        "a.view-link",
        { href: `#/${name}`, data: { view: name }, title: `${title}: ${n + 1}, or g ${letter}` },
        icon(name),
        h("span.long", {}, title),
        h("span.short", {}, short ?? title),
        h("kbd", { "aria-hidden": "true" }, String(n + 1)),
      ),
    ),
  );
}

function showView() {
  const address = read();
  const row = VIEWS.find(({ name }) => name === address.view) ?? VIEWS[0];
  if (!made.has(row.name)) {
    const view = row.make();
    view.element.classList.add("view", `view-${row.name}`);
    view.element.setAttribute("aria-label", row.title);
    $("content").append(view.element);
    made.set(row.name, view);
  }
  const view = made.get(row.name);
  if (present !== view) {
    present?.hide?.();
    for (const other of made.values()) other.element.hidden = other !== view;
    present = view;
    for (const a of $("views").children) {
      if (a.dataset.view === row.name) a.setAttribute("aria-current", "page");
      else a.removeAttribute("aria-current");
    }
    document.title = `${row.title} · Gatehouse dashboard`;
  }
  view.show(address);
}

// ---- is it there -----------------------------------------------------------------------------

function tellConnection() {
  $("live").textContent = connection.here ? "Live" : "Away";
  $("live").classList.toggle("away", !connection.here);
  $("banner").hidden = connection.here;
  if (!connection.here) countDown();
}

function countDown() {
  if (connection.here) return;
  const left = Math.ceil((connection.next - Date.now()) / 1000);
  const when = left > 0 ? `Next try in ${left} s.` : "Trying …";
  const text = $("banner-text");
  // The role reads the first sentence out; the seconds are for the eyes.
  if (!text.firstChild) {
    text.append(
      "The dashboard’s server does not answer. What you see is the last it said. ",
      h("span", { "aria-hidden": "true" }),
    );
  }
  text.lastChild.textContent = when;
  setTimeout(countDown, 500);
}

// ---- colours ---------------------------------------------------------------------------------

function tellTheme() {
  const dark = document.documentElement.dataset.theme === "dark";
  $("theme").setAttribute("aria-pressed", dark);
  $("theme").title = dark ? "Light colours" : "Dark colours";
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  tellTheme();
  dispatchEvent(new Event("theme"));
}

function changeTheme() {
  const theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  localStorage.setItem("theme", theme);
  setTheme(theme);
}

// ---- all together ----------------------------------------------------------------------------

function showInfo() {
  $("site").hidden = !info.site;
  if (!info.site) return;
  $("site").href = info.site;
  $("site").querySelector("span").textContent = new URL(info.site).host;
  $("site").title = "The site";
}

makeNavigation();
tellTheme();
$("theme").addEventListener("click", changeTheme);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", (event) => {
  if (!localStorage.getItem("theme")) setTheme(event.matches ? "dark" : "light");
});
$("help").addEventListener("click", openKeys);
$("banner-retry").addEventListener("click", () => connection.retry());
// Not by its address: that is the view's.
$("skip").addEventListener("click", (event) => {
  event.preventDefault();
  $("content").focus();
});
connection.addEventListener("change", tellConnection);
connection.addEventListener("back", () => loadInfo().then(showInfo));
for (const event of ["address", "popstate", "hashchange"]) addEventListener(event, showView);
useKeys(VIEWS, () => present);
tellConnection();
loadInfo().then(showInfo);
traces.pull();
logs.pull();
listen();
showView();
