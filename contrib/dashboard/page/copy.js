// To the clipboard, and saying so.

const toast = document.getElementById("toast");
let timer = 0;

/** A short word at the edge of the page. */
export function say(text) {
  toast.textContent = text;
  toast.classList.add("shown");
  clearTimeout(timer);
  timer = setTimeout(() => toast.classList.remove("shown"), 2200);
}

export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    say(`${what} copied`);
  } catch {
    say(`The browser does not let this page copy. ${what}: ${text}`);
  }
}
