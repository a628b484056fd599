// Making elements. Text is always text: nothing here, or anywhere in this page, parses HTML.

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element. `name` may carry classes: "button.quiet". Of the properties, functions are
 * listeners, `style` and `data` are objects, true and false are attributes there or not; the
 * rest are attributes. Children are nodes, texts, arrays of them; null and false are nothing.
 */
export function h(name, properties = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(properties)) set(element, key, value);
  element.append(
    ...children
      .flat(Infinity)
      .filter((child) => child !== null && child !== false && child !== undefined),
  );
  return element;
}

function set(element, key, value) {
  if (value === undefined || value === null || value === false) return;
  if (typeof value === "function") element.addEventListener(key, value);
  else if (key === "class") element.classList.add(...value.split(" ").filter(Boolean));
  // By the object model: the page's policy has no attribute of style.
  else if (key === "style") {
    for (const [name, text] of Object.entries(value)) element.style.setProperty(name, text);
  } else if (key === "data") Object.assign(element.dataset, value);
  else element.setAttribute(key, value === true ? "" : value);
}

/** One of the symbols of index.html. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("aria-hidden", "true");
  svg.append(svgNode("use", { href: `#i-${name}` }));
  return svg;
}

export function svgNode(tag, attributes) {
  const node = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

/** Sets a text only where it differs: rows of long lists are filled again and again. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A button of text, icon or both. */
export function button(label, act, { symbol, quiet, title, ...more } = {}) {
  return h(
    quiet ? "button.button.quiet" : "button.button",
    {
      type: "button",
      click: act,
      title,
      "aria-label": symbol && !label ? title : undefined,
      ...more,
    },
    symbol && icon(symbol),
    label,
  );
}

/** Runs `act` once before the next frame, however often it is asked. */
export function onceAFrame(act) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      act();
    });
  };
}
