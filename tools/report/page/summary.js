// The verdict first, then what it rests on.
const idOf = (run) => data.runs[run].run_id;
const K = () => data.k;
const AT_K = ["recall", "map", "ndcg", "precision", "hit_rate", "mrr"];

function gateCard() {
  const judged = data.runs[0].evaluated;
  const box = (kind, word, ...more) => h("section", { class: `card verdict ${kind}` }, h("h2", null, t("Gate")), h("p", { class: "word" }, word), more);
  if (!judged || !Array.isArray(judged.gate)) {
    return box("", t("not judged"), h("p", null, t("twotower eval has not judged this run: metrics.json is missing.")));
  }
  const failed = judged.gate.filter((one) => one.passed === false).length, passed = judged.threshold_passed === true;
  const answer = { true: ["is-good", "✓", t("yes")], false: ["is-bad", "✗", t("no")], null: ["", "–", t("left out")] };
  return box(passed ? "good" : "bad", passed ? t("GO") : t("NO-GO"),
    h("p", null, passed ? t("All conditions are met.") : t("{0} of {1} conditions are not met.", failed, judged.gate.length)),
    h("ul", { class: "checks" }, judged.gate.map((one) => h("li", null,
      h("span", { class: `sign ${answer[one.passed][0]}`, "aria-hidden": "true" }, answer[one.passed][1]),
      h("span", null, h("span", { class: "hidden" }, answer[one.passed][2], ": "), one.condition,
        h("span", { class: "quiet" }, ` (${plain(one.value)}, ${t("wanted")} ${plain(one.wanted)})${one.why ? `: ${one.why}` : ""}`))))),
    judged.notes && h("p", { class: "small quiet" }, bdi(judged.notes)));
}

// 1: the first run is better on both, -1: worse on both, 0: intervals meet zero or disagree.
function better() {
  const [recall, map] = ["recall", "map"].map((name) => data.change[`${name}@${K()}`]?.interval ?? [null, null]);
  if (recall[0] > 0 && map[0] > 0) return 1;
  return recall[1] < 0 && map[1] < 0 && recall[0] != null ? -1 : 0;
}

function compareCard() {
  if (runs.length < 2) return null;
  const way = better(), name = (way < 0 ? "B: " : "A: ") + idOf(way < 0 ? 1 : 0);
  const rows = ["recall", "map"].map((metric) => [`${metric}@${K()}`, data.change[`${metric}@${K()}`]]).filter(([, one]) => one);
  const chart = dots(t("Difference A − B"), rows.map(([metric, one]) => ({ name: metric,
    points: [{ series: one.difference < 0 ? "b" : "a", value: one.difference, low: one.interval[0], high: one.interval[1] }] })), true);
  return h("section", { class: `card verdict ${way > 0 ? "good" : way < 0 ? "bad" : ""}` }, h("h2", null, t("Comparison")),
    h("p", { class: "word" }, way === 0 ? t("no clear difference") : t("{0} is better", name)),
    h("p", { class: "small quiet" }, t("The same users, the same validation likes; intervals of 95 % over paired bootstraps of users.")),
    figure(t("Difference A − B"), chart, null, () => table(t("Difference A − B"),
      [t("metric"), "#" + t("before (B)"), "#" + t("after (A)"), "#" + t("difference"), "#" + t("interval of 95 %"), "#" + t("relative"), "#" + t("users")],
      rows.map(([metric, one]) => [metric, fixed(one.before, 4), fixed(one.after, 4), signed(one.difference, 4),
        `${signed(one.interval[0], 4)} … ${signed(one.interval[1], 4)}`, percent(-one.drop), count(one.users)]))));
}

function metricsCard() {
  const names = AT_K.map((name) => `${name}@${K()}`);
  const series = [...runs.map((run) => ["ab"[run], `${"AB"[run]}: ${idOf(run)}`]), ["p", t("popularity")]];
  const rows = names.map((name) => ({ name, points: [
    ...runs.map((run) => ({ series: "ab"[run], value: data.runs[run].metrics[name], low: data.runs[run].intervals[name]?.[0], high: data.runs[run].intervals[name]?.[1] })),
    { series: "p", value: data.popularity[name] }] }));
  const all = Object.keys(data.runs[0].metrics);
  const numbers = () => table(t("Metrics"), [t("metric"), ...runs.flatMap((run) => ["#" + "AB"[run], "#" + t("interval of 95 %")]), "#" + t("popularity")],
    all.map((name) => [name, ...runs.flatMap((run) => {
      const interval = data.runs[run].intervals[name];
      return [fixed(data.runs[run].metrics[name], 4), interval ? `${fixed(interval[0], 4)} – ${fixed(interval[1], 4)}` : ""];
    }), fixed(data.popularity[name], 4)]));
  return card(t("Metrics"), figure(null, dots(t("Metrics"), rows), series, numbers));
}

function trainingCard() {
  const known = runs.filter((run) => data.runs[run].log.some((one) => Number.isFinite(one.loss)));
  if (known.length === 0) return null;
  const of = (run, field) => data.runs[run].log.filter((one) => one.epoch).map((one) => [one.epoch, one[field] ?? NaN]);
  const all = known.flatMap((run) => [{ series: "ab"[run], points: of(run, "loss"), dashed: true }, { series: "ab"[run], points: of(run, "val_loss") }])
    .filter((line) => line.points.some(([, y]) => Number.isFinite(y)));
  const names = known.map((run) => ["ab"[run], `${"AB"[run]}: ${t("loss")} (- -), ${t("validation loss")} (—)`]);
  return card(t("Training"), figure(null, lines(t("Training"), all, t("epoch"), t("loss")), names, () =>
    table(t("Training"), [t("epoch"), t("Run"), "#" + t("loss"), "#" + t("validation loss")],
      known.flatMap((run) => data.runs[run].log.map((one) => [count(one.epoch), "AB"[run], fixed(one.loss, 4), fixed(one.val_loss, 4)])))));
}

function dataCard() {
  const c = data.counts;
  const shown = (part, all) => part < all ? t("{0} of {1} shown", count(part), count(all)) : null;
  return card(t("Data"), facts([
    [t("users"), count(c.users), shown(c.users_shown, c.users)], [t("videos"), count(c.videos), shown(c.videos_shown, c.videos)],
    [t("train rows"), count(c.train)], [t("train likes"), count(c.train_likes)],
    [t("validation rows"), count(c.validation)], [t("validation likes"), count(c.validation_likes)],
    [t("Judged users"), count(data.runs[0].judged)]]));
}

// Leaves of a document by their path.
function leaves(value, path = "", into = new Map()) {
  if (value !== null && typeof value === "object") {
    for (const [name, inner] of Object.entries(value)) leaves(inner, path ? `${path}.${name}` : name, into);
  } else into.set(path, value);
  return into;
}

function changesCard() {
  const show = (value) => value === undefined ? "–" : bdi(String(value));
  const sides = runs.map((run) => leaves(data.runs[run].meta ?? {}));
  if (runs.length < 2) {
    const kept = [...sides[0]].filter(([name]) => !name.startsWith("options.") && !name.startsWith("data_snapshot."));
    return card(t("Model"), kept.length === 0 ? h("p", null, t("not known")) : details(t("as a table"), () =>
      table(idOf(0), [t("setting"), t("value")], kept.map(([name, value]) => [name, show(value)]))),
      facts([[t("Run"), idOf(0)], ...["trained_at", "hyper_parameters.recipe", "hyper_parameters.epochs", "embedding_dim"]
        .filter((name) => sides[0].has(name)).map((name) => [name.split(".").at(-1), String(sides[0].get(name))])]));
  }
  const names = [...new Set([...sides[0].keys(), ...sides[1].keys()])].filter((name) => sides[0].get(name) !== sides[1].get(name));
  return card(t("What changed"), names.length === 0 ? h("p", null, t("Nothing that was recorded differs."))
    : table(t("What changed"), [t("setting"), `A: ${idOf(0)}`, `B: ${idOf(1)}`], names.map((name) => [name, show(sides[0].get(name)), show(sides[1].get(name))])));
}

function summaryView() {
  return [h("h1", null, t("Summary")),
    h("div", { class: "grid even" }, gateCard(), compareCard() ?? metricsCard()),
    h("div", { class: "grid" }, runs.length > 1 && metricsCard(), trainingCard(), runs.length < 2 && changesCard()),
    dataCard(), runs.length > 1 && changesCard()];
}
