// All videos on two axes; a canvas, as thousands of SVG circles would be slow.
const atlas = { run: 0, tag: "", canvas: null, box: [] };
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// The box around all points of a run.
const around = (run) => atlas.box[run] ??= data.runs[run].map.xy.reduce((box, value, at) => {
  box[at % 2][0] = Math.min(box[at % 2][0], value);
  box[at % 2][1] = Math.max(box[at % 2][1], value);
  return box;
}, [[Infinity, -Infinity], [Infinity, -Infinity]]);

// One scale for both axes.
function place(canvas, run, item) {
  const { xy } = data.runs[run].map, [[left, right], [low, high]] = around(run);
  const scale = 0.94 * Math.min(canvas.width / (right - left || 1), canvas.height / (high - low || 1));
  return [canvas.width / 2 + (xy[2 * item] - (left + right) / 2) * scale, canvas.height / 2 - (xy[2 * item + 1] - (low + high) / 2) * scale];
}

function drawMap(found = -1) {
  const { canvas, run, tag } = atlas;
  const ratio = Math.min(devicePixelRatio || 1, 2);
  canvas.width = canvas.clientWidth * ratio;
  canvas.height = canvas.clientHeight * ratio;
  const paint = canvas.getContext("2d"), wanted = data.items.tags.names.indexOf(tag);
  const dot = (item, size) => { const [x, y] = place(canvas, run, item); paint.fillRect(x - size / 2, y - size / 2, size, size); };
  paint.globalAlpha = wanted < 0 ? 0.5 : 0.22;
  paint.fillStyle = wanted < 0 ? colour(run === 0 ? "--a" : "--b") : colour("--p");
  for (let i = 0; i < data.items.id.length; i++) dot(i, 2.4 * ratio);
  if (wanted >= 0) {
    paint.globalAlpha = 0.9;
    paint.fillStyle = colour(run === 0 ? "--a" : "--b");
    data.items.tags.rows.forEach((row, item) => row.includes(wanted) && dot(item, 4 * ratio));
  }
  if (found >= 0) {
    const [x, y] = place(canvas, run, found);
    paint.globalAlpha = 1;
    paint.strokeStyle = colour("--text");
    paint.lineWidth = 2 * ratio;
    paint.beginPath();
    paint.arc(x, y, 8 * ratio, 0, 7);
    paint.stroke();
  }
}

function nearestPoint(event) {
  const { canvas, run } = atlas, box = canvas.getBoundingClientRect();
  const x = (event.clientX - box.left) * canvas.width / box.width, y = (event.clientY - box.top) * canvas.height / box.height;
  let best = -1, least = (24 * canvas.width / box.width) ** 2;
  for (let i = 0; i < data.items.id.length; i++) {
    const [a, b] = place(canvas, run, i), far = (a - x) ** 2 + (b - y) ** 2;
    if (far < least) [best, least] = [i, far];
  }
  return best;
}

function commonTags() {
  const seen = new Map();
  for (const row of data.items.tags.rows) for (const tag of row) seen.set(tag, (seen.get(tag) ?? 0) + 1);
  return [...seen].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, 40).map(([tag]) => data.items.tags.names[tag]);
}

function mapView(chosen) {
  if (runs.length > 1 && (chosen === "a" || chosen === "b")) atlas.run = chosen === "b" ? 1 : 0;
  const about = h("p", { role: "status", class: "small" }, "\u00a0");
  const say = (item) => { about.replaceChildren(item < 0 ? "\u00a0" : h("a", { href: `#/items/${item}` }, bdi(titleOf(item)))); drawMap(item); };
  const label = t("Embeddings of the videos in two dimensions");
  atlas.canvas = h("canvas", { class: "plot", role: "img", "aria-label": label,
    onpointermove: (event) => event.pointerType === "mouse" && say(nearestPoint(event)), onclick: (event) => say(nearestPoint(event)) });
  const { variance, xy } = data.runs[atlas.run].map, tags = commonTags();
  const field = search(t("Search a video"), "", (text) => say(text.trim() ? find(data.items.search, text, 1).found[0] ?? -1 : -1));
  const pick = select(t("Colour"), [["", t("all alike")], ...tags.map((tag) => [tag, tag])], atlas.tag, (tag) => { atlas.tag = tag; drawMap(); });
  const shown = popularItems(60);
  setTimeout(() => atlas.canvas.isConnected && drawMap());
  return [h("h1", null, t("Map")), h("p", { class: "lead" }, t("Principal components 1 and 2: they hold {0} of the variance.", percent(variance[0] + variance[1]))),
    runs.length > 1 && h("nav", { "aria-label": t("Run") }, h("ul", { class: "tabs" }, runs.map((run) => h("li", null,
      h("a", { href: `#/map/${"ab"[run]}`, "aria-current": run === atlas.run && "page" }, `${"AB"[run]}: ${idOf(run)}`))))),
    h("div", { class: "tools" }, field, pick), card(null, h("figure", null, h("figcaption", { class: "hidden" }, label), atlas.canvas), about,
      details(t("as a table"), () => table(t("the most liked videos and where they are"), [t("title"), "#1", "#2"],
        shown.map((item) => [itemLink(item), String(xy[2 * item]), String(xy[2 * item + 1])]))))];
}
