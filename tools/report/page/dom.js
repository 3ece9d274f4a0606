// Elements are made here and nowhere else; text goes in as text, never as markup.
const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value == null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat(Infinity)) {
    if (child == null || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return element;
}

const h = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
const s = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

// Text of other people: its direction is its own.
const bdi = (text) => h("bdi", { dir: "auto" }, text);

const badge = (run) => h("span", { class: `badge ${"ab"[run]}` }, "AB"[run]);
const card = (title, ...children) => h("section", { class: "card" }, title && h("h2", null, title), children);
const facts = (rows) => h("dl", { class: "facts" }, rows.filter(Boolean).map(([name, value, more]) =>
  h("div", null, h("dt", null, name), h("dd", null, value, more && h("small", null, more)))));

// columns: names, a leading "#" for numbers; rows: arrays of text or nodes.  The first cell heads its row.
function table(caption, columns, rows) {
  const number = columns.map((name) => name.startsWith("#"));
  const cell = (value, at) => at === 0
    ? h("th", { scope: "row" }, value)
    : h("td", { class: number[at] && "n" }, value);
  return h("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": caption },
    h("table", null, h("caption", null, caption),
      h("thead", null, h("tr", null, columns.map((name, at) =>
        h("th", { scope: "col", class: number[at] && "n" }, name.replace(/^#/, ""))))),
      h("tbody", null, rows.map((row) => h("tr", null, row.map(cell))))));
}

function details(label, make) {
  const inside = h("details", null, h("summary", null, label));
  const open = () => { if (inside.children.length === 1) inside.append(make()); };
  inside.addEventListener("toggle", () => inside.open && open());
  addEventListener("beforeprint", open, { once: true });
  return inside;
}

function search(label, value, found) {
  const input = h("input", { type: "search", autocomplete: "off", spellcheck: "false", value });
  input.addEventListener("input", () => found(input.value));
  return h("label", { class: "grow" }, label, input);
}

// Charts are drawn for the width that there is, so that their text stays readable.
const narrow = () => innerWidth < 640;

const select = (label, options, value, chosen) => h("label", null, label,
  h("select", { onchange: (event) => chosen(event.target.value) },
    options.map(([key, name]) => h("option", { value: key, selected: key === value }, name))));

const tabs = (label, route, names, current) => h("nav", { "aria-label": label },
  h("ul", { class: "tabs" }, names.map((name) => h("li", null,
    h("a", { href: `#/${route}/${name}`, "aria-current": name === current && "page" }, t(name))))));
