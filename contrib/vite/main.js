// Who is signed in, a link to change that, and one thing to write.
import { call, signing } from "./api.js";

const who = document.getElementById("who");
const sign = document.getElementById("sign");
const theme = document.getElementById("theme");
let profile = null;

function show(text, link) {
  who.textContent = text;
  sign.hidden = !link;
  if (link) Object.assign(sign, { href: signing(link), textContent: `Sign me ${link.slice(3)}` });
  theme.hidden = link !== "logout";
}

function trouble({ kind, body }) {
  if (kind === "signed-out") return show("You are not signed in.", "login");
  if (body?.details?.reason === "second_factor_required")
    return location.assign(body.details.stepUpUrl);
  const why = body?.details?.reason ?? "no answer";
  return show(kind === "refused" ? `Refused: ${why}` : `Try again later: ${why}`);
}

async function load() {
  const answer = await call("/user/profile");
  if (answer.kind !== "ok") return trouble(answer);
  profile = answer.body;
  show(`${profile.email || profile.userId} likes it ${profile.theme}.`, "logout");
}

theme.addEventListener("click", async () => {
  const answer = await call("/user/preferences",
    { theme: profile.theme === "dark" ? "light" : "dark" });
  return answer.kind === "ok" ? load() : trouble(answer);
});

load();
