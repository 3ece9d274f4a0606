// Charts are small SVGs; each has its numbers as a table below it.

// A run's mark has a form beside its colour.
function mark(series, x, y) {
  const shape = { a: "circle", b: "square", p: "diamond" }[series];
  if (shape === "circle") return s("circle", { class: series, cx: x, cy: y, r: 5 });
  if (shape === "square") return s("rect", { class: series, x: x - 4.5, y: y - 4.5, width: 9, height: 9 });
  return s("path", { class: series, d: `M${x} ${y - 6}L${x + 6} ${y}L${x} ${y + 6}L${x - 6} ${y}Z` });
}

const KEY = { a: "●", b: "■", p: "◆" };
const legend = (names) => h("ul", { class: "legend" }, names.map(([series, name]) =>
  h("li", null, h("span", { class: `key ${series}`, "aria-hidden": "true" }, KEY[series]), name)));

function figure(title, svg, names, numbers) {
  return h("figure", null, title && h("figcaption", null, title), names && legend(names), svg,
    details(t("as a table"), numbers));
}

function ticks(low, high, most = 5) {
  const step = [1, 2, 5, 10].map((n) => n * 10 ** Math.floor(Math.log10((high - low) / most))).find((n) => (high - low) / n <= most) || 1;
  const all = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) all.push(i * step);
  return all;
}
const tickText = (x) => String(Number(x.toPrecision(4))).replace("-", "−");

// rows: [{ name, points: [{ series, value, low, high }] }]; a dot with its interval for each.
function dots(label, rows, zero = false) {
  const all = rows.flatMap((row) => row.points.flatMap((p) => [p.value, p.low ?? p.value, p.high ?? p.value])).filter(Number.isFinite);
  let low = Math.min(0, ...all), high = Math.max(zero ? 0 : 0.01, ...all);
  if (zero) { low -= (high - low) * 0.06; high += (high - low) * 0.06; }
  if (high - low < 1e-9) high = low + 1;
  const left = narrow() ? 92 : 128, right = 12, width = narrow() ? 350 : 560, lane = 17;
  const x = (v) => left + (v - low) / (high - low) * (width - left - right);
  const parts = [], bottom = () => y + 6;
  let y = 8;
  for (const row of rows) {
    const height = lane * row.points.length + 12;
    parts.push(s("text", { x: left - 12, y: y + height / 2 + 4, "text-anchor": "end" }, row.name));
    row.points.forEach((p, i) => {
      if (!Number.isFinite(p.value)) return;
      const at = y + 6 + lane * (i + 0.5);
      if (Number.isFinite(p.low)) parts.push(s("line", { class: `range ${p.series}`, x1: x(p.low), x2: x(p.high), y1: at, y2: at }));
      parts.push(mark(p.series, x(p.value), at));
    });
    y += height;
    parts.push(s("line", { class: "rule", x1: left, x2: width - right, y1: y, y2: y }));
  }
  const grid = ticks(low, high).map((v) => [
    s("line", { class: zero && Math.abs(v) < 1e-12 ? "zero" : "rule", x1: x(v), x2: x(v), y1: 4, y2: y }),
    s("text", { class: "tick", x: x(v), y: y + 15, "text-anchor": "middle" }, tickText(v))]);
  return s("svg", { viewBox: `0 0 ${width} ${bottom() + 16}`, role: "img", "aria-label": label }, grid, parts);
}

// lines: [{ series, points: [[x, y], ...], dashed }]
function lines(label, all, xName, yName) {
  const points = all.flatMap((line) => line.points).filter(([, y]) => Number.isFinite(y));
  const xs = points.map((p) => p[0]), ys = points.map((p) => p[1]);
  const x0 = Math.min(...xs), x1 = Math.max(...xs, x0 + 1e-9);
  let y0 = Math.min(...ys), y1 = Math.max(...ys);
  if (y1 - y0 < 1e-9) { y0 -= 0.5; y1 += 0.5; }
  const width = narrow() ? 350 : 560, height = narrow() ? 250 : 280, left = 50, bottom = 40, top = 12, right = 14;
  const x = (v) => left + (v - x0) / (x1 - x0) * (width - left - right);
  const y = (v) => height - bottom - (v - y0) / (y1 - y0) * (height - bottom - top);
  const grid = [
    ticks(y0, y1).map((v) => [s("line", { class: "rule", x1: left, x2: width - right, y1: y(v), y2: y(v) }),
      s("text", { class: "tick", x: left - 7, y: y(v) + 4, "text-anchor": "end" }, tickText(v))]),
    ticks(x0, x1, 6).map((v) => s("text", { class: "tick", x: x(v), y: height - bottom + 16, "text-anchor": "middle" }, tickText(v))),
    s("text", { class: "tick", x: (left + width - right) / 2, y: height - 6, "text-anchor": "middle" }, xName),
    s("text", { class: "tick", x: 12, y: (top + height - bottom) / 2, "text-anchor": "middle", transform: `rotate(-90 12 ${(top + height - bottom) / 2})` }, yName)];
  const drawn = all.map((line) => {
    const known = line.points.filter(([, v]) => Number.isFinite(v));
    return [s("polyline", { class: `line ${line.series} ${line.dashed ? "dashed" : ""}`, points: known.map(([a, b]) => `${x(a).toFixed(1)},${y(b).toFixed(1)}`).join(" ") }),
      known.length > 0 && mark(line.series, x(known.at(-1)[0]), y(known.at(-1)[1]))];
  });
  return s("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label }, grid, drawn);
}

// rows: [{ name, bars: [{ series, value }] }], values from 0.
function bars(label, rows, format) {
  const most = Math.max(1e-12, ...rows.flatMap((row) => row.bars.map((bar) => bar.value)));
  const left = narrow() ? 128 : 168, width = narrow() ? 350 : 560, right = 56, lane = 12, letters = narrow() ? 17 : 24;
  let y = 4;
  const parts = rows.map((row) => {
    const height = lane * row.bars.length + 10, from = y;
    y += height;
    const name = [...row.name].length > letters ? [...row.name].slice(0, letters - 1).join("") + "…" : row.name;
    return [s("text", { x: left - 10, y: from + height / 2 + 4, "text-anchor": "end" }, name),
      row.bars.map((bar, i) => {
        const at = from + 4 + lane * i, length = bar.value / most * (width - left - right);
        return [s("rect", { class: bar.series, x: left, y: at + 1, width: Math.max(length, 0.5), height: lane - 3, stroke: "none", rx: 2 }),
          s("text", { class: "tick", x: left + length + 6, y: at + lane - 3 }, format(bar.value))];
      })];
  });
  return s("svg", { viewBox: `0 0 ${width} ${y + 4}`, role: "img", "aria-label": label },
    s("line", { class: "rule", x1: left, x2: left, y1: 0, y2: y }), parts);
}
