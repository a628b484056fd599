// Sets the page's theme before anything is painted: the one the user last saved in this
// browser, else the system's. app.js puts the profile's in once it is known.
(() => {
  const remembered = localStorage.getItem("theme");
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = remembered ?? (dark ? "dark" : "light");
})();
