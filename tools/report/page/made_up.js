// A user who does not exist, from videos that somebody chooses.
let invented = [];

function chosenWhy(run, item, vector, score) {
  if (invented.length < 2) return null;
  const row = itemVector(run, item);
  const losses = invented.map((liked) => {
    const without = vector.without.get(liked);
    return [liked, score - without.reduce((sum, x, j) => sum + x * row[j], 0)];
  }).sort((a, b) => b[1] - a[1]).slice(0, 2);
  return h("div", { class: "why" }, t("Why"), ": ", losses.map(([liked, gain], at) =>
    [at > 0 && ", ", h("span", { class: "quiet" }, t("Liked"), " "), bdi(titleOf(liked)), ` ${signed(gain)}`]));
}

function inventedList(run) {
  const started = performance.now(), all = madeUpVector(run, invented);
  const hits = all ? nearest(run, all, K(), invented) : [];
  const spent = performance.now() - started;
  const vector = { without: new Map(invented.length < 2 ? [] : invented.map((liked) => [liked, madeUpVector(run, invented.filter((one) => one !== liked))])) };
  return h("section", { class: "card" }, h("h2", null, badge(run), " ", t("Recommended")),
    h("p", { class: "small quiet" }, idOf(run), " — ", t("computed by the core as WebAssembly in {0} ms", fixed(spent, 1))),
    videoList(hits.map(([item, score]) => videoRow(item, { score, why: chosenWhy(run, item, vector, score) }))));
}

async function madeUpView(chosen) {
  const head = [h("h1", null, t("Try it")), h("p", { class: "lead" }, t("Choose videos that a made-up user likes; the user tower runs in this page."))];
  if (!runs.some((run) => data.runs[run].made_up)) {
    return [head, card(null, h("p", null, t("This page has no user tower: the model has another form, or it would pass the size limit (--max-mb).")))];
  }
  await readTowers();
  const able = runs.filter((run) => engine.towers[run]);
  if (able.length === 0) return [head, card(null, h("p", null, t("This program was built without the WebAssembly core: a made-up user needs it.")))];
  const most = Math.min(...able.map((run) => engine.towers[run].about.items));
  const choosable = (item) => item >= 0 && item < most;
  invented = [...new Set((chosen ?? "").split(",").filter(Boolean).map(Number))].filter(choosable);
  const go = (items) => { location.hash = `#/try/${items.join(",")}`; };
  const offer = (item) => choosable(item)
    ? h("button", { type: "button", class: "plain", onclick: () => go([...invented, item]) }, "+ ", bdi(titleOf(item)))
    : h("span", { class: "quiet" }, bdi(titleOf(item)));
  const first = popularItems(12 + invented.length).filter((item) => choosable(item) && !invented.includes(item)).slice(0, 12);
  const { field, result } = finder(t("Search a video"), data.items.search, offer, t("No video of that name."), first);
  return [head, h("div", { class: "tools" }, field, h("button", { type: "button", onclick: () => go([]) }, t("Clear"))),
    card(null, result, most < data.items.id.length && h("p", { class: "small quiet" }, t("Of {0} videos the {1} most liked can be chosen.", count(data.items.id.length), count(most)))),
    card(t("Chosen"), invented.length === 0 ? h("p", { class: "quiet" }, t("Nothing is chosen yet.")) : videoList(invented.map((item) => videoRow(item, {
      button: h("button", { type: "button", class: "plain", "aria-label": `${t("remove")}: ${titleOf(item)}`, onclick: () => go(invented.filter((one) => one !== item)) }, t("remove")) })), true)),
    invented.length > 0 && h("div", { class: "grid" }, able.map(inventedList))];
}
