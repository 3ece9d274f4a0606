// What the data and the recommendations are made of.
const valueName = (name) => bdi(name === "" ? "–" : name);

// A table that a text narrows down.
function filtered(label, rows, make) {
  const box = h("div", { class: "long" }, make(rows.slice(0, 100)));
  const show = (text) => box.replaceChildren(make(rows.filter(([name]) => name.toLowerCase().includes(text.trim().toLowerCase())).slice(0, 100)));
  return [h("div", { class: "tools" }, search(label, "", show)), box];
}

function biasView(chosen) {
  const field = FIELDS.includes(chosen) ? chosen : "tags";
  const { rows, rest, values } = data.bias[field];
  const share = ([, , ratings, likes]) => ratings ? likes / ratings : NaN;
  const head = [h("h1", null, t("Dataset bias")),
    h("p", { class: "lead" }, t("How often each value occurs in the catalogue and in the ratings (train and validation), and how many of those are likes.")),
    tabs(t("field"), "bias", FIELDS, field)];
  if (rows.length === 0) return [head, card(null, h("p", null, t("The catalogue has no value of this field.")))];
  const columns = [t("value"), "#" + t("videos"), "#" + t("ratings"), "#" + t("positive"), "#" + t("share positive")];
  const numbers = (some) => table(t(field), columns, some.map((row) => [valueName(row[0]), count(row[1]), count(row[2]), count(row[3]), percent(share(row))]));
  const chart = bars(`${t(field)}: ${t("ratings")}, ${t("positive")}`, rows.slice(0, 15).map((row) => ({ name: row[0], bars: [{ series: "p", value: row[2] }, { series: "a", value: row[3] }] })), count);
  return [head, h("div", { class: "grid" },
    card(t(field), h("p", { class: "small quiet" }, t("{0} values", count(values)), rest > 0 && " — " + t("the {0} most frequent are listed; the others make {1}", count(rows.length), count(rest))),
      figure(null, chart, [["p", t("ratings")], ["a", t("positive")]], () => numbers(rows.slice(0, 15)))),
    card(null, filtered(t("Filter"), rows, numbers)))];
}

function curveCard() {
  const first = data.runs[0].distribution.overall.curve.liked;
  const all = [...runs.map((run) => ({ series: "ab"[run], points: data.runs[run].distribution.overall.curve.recommended.map((y, x) => [x, 100 * y]) })),
    { series: "p", points: first.map((y, x) => [x, 100 * y]), dashed: true }];
  const names = [...runs.map((run) => ["ab"[run], `${"AB"[run]}: ${t("recommended")}`]), ["p", t("train likes")]];
  return card(t("Popularity curve"), h("p", { class: "small quiet" }, t("Share that the most liked n % of the videos have")),
    figure(null, lines(t("Popularity curve"), all, t("% of the videos, most liked first"), "%"), names, () =>
      table(t("Popularity curve"), [t("% of the videos, most liked first"), ...runs.map((run) => "#" + "AB"[run]), "#" + t("train likes")],
        [1, 2, 5, 10, 20, 30, 50, 75, 100].map((x) => [`${x} %`, ...runs.map((run) => percent(all[run].points[x][1] / 100)), percent(first[x])]))));
}

function distributionView(chosen) {
  const field = FIELDS.includes(chosen) ? chosen : "tags";
  const of = (run) => data.runs[run].distribution;
  const overall = table(t("recommendations"), [t("metric"), ...runs.map((run) => `#${"AB"[run]}`)], [
    [t("recommendations"), (o) => count(o.recommendations)], [t("unique videos"), (o) => count(o.unique)], [t("users reached"), (o) => count(o.users)],
    [t("coverage"), (o) => percent(o.coverage)], [t("Gini"), (o) => fixed(o.gini)]].map(([name, get]) => [name, ...runs.map((run) => get(of(run).overall))]));
  const total = runs.map((run) => of(run).overall.recommendations || 1), byName = runs.map((run) => new Map(of(run).fields[field].rows.map((row) => [row[0], row])));
  const likes = new Map(data.bias[field].rows.map((row) => [row[0], row[3]])), allLikes = data.counts.train_likes + data.counts.validation_likes || 1;
  const names = of(0).fields[field].rows.filter((row) => row[2] > 0).map((row) => row[0]);
  const share = (run, name) => (byName[run].get(name)?.[2] ?? 0) / total[run];
  const columns = [t("value"), ...runs.flatMap((run) => [`#${"AB"[run]} ${t("count")}`, "#" + t("unique videos"), "#" + t("users reached")]), "#" + t("likes")];
  const numbers = (some) => table(t(field), columns, some.map(([name]) => [valueName(name),
    ...runs.flatMap((run) => (byName[run].get(name) ?? [0, 0, 0, 0]).slice(1).map((_, at, [unique, counted, users]) => count([counted, unique, users][at]))), count(likes.get(name))]));
  const chart = bars(t("Recommendation distribution"), names.slice(0, 15).map((name) => ({ name, bars: [...runs.map((run) => ({ series: "ab"[run], value: share(run, name) })),
    { series: "p", value: (likes.get(name) ?? 0) / allLikes }] })), (x) => percent(x));
  return [h("h1", null, t("Recommendation distribution")), h("p", { class: "lead" }, t("The first {0} recommendations of every user with an embedding, without what they know.", K())),
    h("div", { class: "grid" }, card(null, overall), curveCard()),
    tabs(t("field"), "distribution", FIELDS, field),
    names.length === 0 ? card(null, h("p", null, t("The catalogue has no value of this field."))) : [card(t(field), figure(null, chart, [...runs.map((run) => ["ab"[run], t("share of {0}", `${"AB"[run]}`)]), ["p", t("share of {0}", t("likes"))]], () => numbers(names.slice(0, 15).map((name) => [name])))),
      card(null, filtered(t("Filter"), names.map((name) => [name]), numbers))]];
}
