// The sample site: what is shown when, and the form.

import { getLoginInfo, getMember, getProfile, savePreferences, useSession } from "./api.js";
import { Persistent } from "./retry.js";
import { openSession } from "./session.js";

const $ = (id) => document.getElementById(id);
const VIEWS = ["loading", "signed-out", "step-up", "signed-in"];
const FIELDS = ["theme", "notifications", "bio"];
const SIGNED_OUT = "You are signed out.";
const ENDED = "Your session has ended. Please sign in again.";

const loading = new Persistent();
const saving = new Persistent();
let session = null;

// ---- showing ---------------------------------------------------------------------------

function show(view) {
  for (const name of VIEWS) $(name).hidden = name !== view;
  $("account").hidden = view !== "signed-in";
}

function notice(text) {
  $("notice").textContent = text;
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
}

/** The banner for "nobody answers": says that it is temporary and when the next try is. */
const trouble = (what) => ({
  onWait(seconds) {
    $("trouble").hidden = false;
    const text = `${what} Retrying in ${seconds} s …`;
    // Read out once, not every second.
    if ($("trouble").dataset.what === what) $("trouble").setAttribute("aria-live", "off");
    else $("trouble").removeAttribute("aria-live");
    $("trouble").dataset.what = what;
    $("trouble-text").textContent = text;
  },
  onAnswer() {
    $("trouble").hidden = true;
    $("trouble").dataset.what = "";
    $("trouble").removeAttribute("aria-live");
  },
});

function showLink(id, url) {
  $(id).hidden = !url;
  if (url) $(id).href = url;
}

function showProfile(profile) {
  const text = {
    email: profile.email || "not given",
    name: profile.name ?? "not given",
    theme: profile.theme === "dark" ? "Dark" : "Light",
    notifications: profile.notifications ? "On" : "Off",
    bio: profile.bio ?? "nothing yet",
    userId: profile.userId,
  };
  for (const [name, value] of Object.entries(text)) $(`profile-${name}`).textContent = value;
  $("profile-bio").classList.toggle("empty", !profile.bio);
  $("who").textContent = profile.name ?? (profile.email || profile.userId);
  setTheme(profile.theme);
  localStorage.setItem("theme", profile.theme);
}

// ---- the form --------------------------------------------------------------------------

const form = $("preferences");

function fillForm(profile) {
  form.elements.theme.value = profile.theme;
  form.elements.notifications.checked = profile.notifications;
  form.elements.bio.value = profile.bio ?? "";
  countBio();
}

const readForm = () => ({
  theme: form.elements.theme.value,
  notifications: form.elements.notifications.checked,
  bio: form.elements.bio.value,
});

function countBio() {
  // Characters as the server counts them, not UTF-16 units.
  const count = [...form.elements.bio.value].length;
  $("bio-count").textContent = count === 1 ? "1 character" : `${count} characters`;
}

/** The server's field errors, each next to its field; returns what belongs to no field. */
function showProblems(fields) {
  for (const name of FIELDS) {
    const problem = fields.find((entry) => entry.field === name)?.problem ?? "";
    $(`${name}-problem`).textContent = problem;
    $(`${name}-problem`).hidden = !problem;
    if (problem) $(name).setAttribute("aria-invalid", "true");
    else $(name).removeAttribute("aria-invalid");
  }
  return fields.filter((entry) => !FIELDS.includes(entry.field));
}

async function save() {
  showProblems([]);
  $("saved").textContent = "Saving …";
  const waiting = trouble("The server cannot be reached, so this is not saved yet.");
  const answer = await saving.run(() => savePreferences(readForm()), waiting);
  $("saved").textContent = "";
  if (answer.kind === "ok") {
    await refresh();
    $("saved").textContent = "Saved";
  } else if (answer.kind === "refused") {
    const fields = answer.body?.details?.fields ?? [];
    const others = showProblems(fields);
    $("saved").textContent = fields.length > others.length
      ? "Not saved: please look at the marked fields"
      : `Not saved: ${answer.body?.message ?? "the server refused it"}`;
    document.querySelector("#preferences [aria-invalid]")?.focus();
  } else {
    take(answer);
  }
}

// ---- where we stand --------------------------------------------------------------------

/** Shows what an answer about the profile says; only 401 means signed out. */
function take(answer) {
  switch (answer.kind) {
    case "ok":
      showProfile(answer.body);
      show("signed-in");
      break;
    case "signed-out":
      if (!$("signed-in").hidden) notice(ENDED);
      show("signed-out");
      break;
    case "step-up":
      showLink("step-up-link", answer.body.details.stepUpUrl);
      show("step-up");
      break;
    default:
      show("signed-out");
      notice(answer.body?.message ?? "The server refused to show the profile.");
  }
}

async function refresh() {
  take(await loading.run(getProfile, trouble(
    "The server cannot be reached right now. You have not been signed out.")));
}

function showSession() {
  $("label").textContent = session.label;
  showLink("sign-up", session.signUp);
  showLink("sign-in", session.signIn);
  showLink("settings", session.settings);
  $("by-token").hidden = session.pages;
}

/** Finishes what led here. The address then is the page's own again, good to reload. */
async function arrive(waiting) {
  const signedOut = new URLSearchParams(location.search).get("state") === "signed-out";
  const arrival = await loading.run(session.arrive, waiting);
  if (location.search) history.replaceState(null, "", location.pathname);
  return arrival.message || (signedOut ? SIGNED_OUT : "");
}

async function start() {
  const waiting = trouble(
    "The server cannot be reached right now. You have not been signed out.");
  session = openSession((await loading.run(getLoginInfo, waiting)).body ?? {});
  useSession(session);
  showSession();
  const said = await arrive(waiting);
  const answer = await loading.run(getProfile, waiting);
  if (answer.kind === "ok") fillForm(answer.body);
  take(answer);
  if (answer.kind === "signed-out" || said !== SIGNED_OUT) notice(said);
}

// ---- what the user does ----------------------------------------------------------------

form.addEventListener("submit", (event) => {
  event.preventDefault();
  save();
});
form.addEventListener("input", () => ($("saved").textContent = ""));
// A preview: it is remembered once it is saved.
form.addEventListener("change", (event) => {
  if (event.target.name === "theme") setTheme(event.target.value);
});
form.elements.bio.addEventListener("input", countBio);

$("ask-member").addEventListener("click", async () => {
  const { kind, body } = await getMember();
  $("member").textContent = kind !== "ok" ? (body?.message ?? "The server cannot say.")
    : `${body.email || body.user}, with ${body.roles.length ? body.roles.join(", ") : "no role"}`;
});

$("try-now").addEventListener("click", () => {
  loading.hurry();
  saving.hurry();
});

$("sign-out").addEventListener("click", async () => {
  notice("Signing out …");
  if (!(await session.signOut())) {
    notice("Signing out did not work: the identity provider cannot be reached. Please try again.");
    return;
  }
  await refresh();
  notice($("signed-out").hidden ? "" : SIGNED_OUT);
  $("hero-title").focus();
});

// Back from another tab or from the provider's pages: who am I now?
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible" && !$("signed-in").hidden) refresh();
});

start();
