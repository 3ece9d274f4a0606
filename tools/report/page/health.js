// Parts of the users and videos, and whether inputs and outputs are sound.
function segmentCard(title, key) {
  const parts = data.runs[0].segments[key], name = `recall@${K()}`, second = `map@${K()}`;
  if (!parts || parts.length === 0) return null;
  const of = (run, at) => data.runs[run].segments[key][at];
  const label = (text) => t(text);
  const chart = dots(`${title}: ${name}`, parts.map((part, at) => ({ name: [...label(part.name)].slice(0, 20).join(""),
    points: runs.map((run) => ({ series: "ab"[run], value: of(run, at)?.[name], low: of(run, at)?.intervals[name]?.[0], high: of(run, at)?.intervals[name]?.[1] })) })));
  const columns = [t("segment"), "#" + t("users"), "#" + t("pairs"), ...runs.flatMap((run) => [`#${"AB"[run]} ${name}`, `#${"AB"[run]} ${second}`])];
  return card(title, figure(name, chart, runs.map((run) => ["ab"[run], `${"AB"[run]}: ${idOf(run)}`]), () => table(title, columns,
    parts.map((part, at) => [bdi(label(part.name)), count(part.users), count(part.pairs), ...runs.flatMap((run) => [fixed(of(run, at)?.[name]), fixed(of(run, at)?.[second])])]))));
}

function segmentsView() {
  return [h("h1", null, t("Segments")), h("p", { class: "lead" }, t("The same lists, judged on a part of the videos or of the users.")),
    h("div", { class: "grid" }, segmentCard(t("Videos"), "items"), segmentCard(t("Likes of the user in train"), "user_likes"), segmentCard(t("Makers"), "maker"))];
}

function driftCard() {
  if (!data.drift) return card(t("Drift against {0}", "B"), h("p", { class: "quiet" }, t("There is no other run to compare with.")));
  const { lists, neighbours } = data.drift;
  const rows = lists.bins.map((users, at) => ({ name: `${at * 10}–${at * 10 + 10} %`, bars: [{ series: "a", value: users }] }));
  const title = t("shared by both lists");
  return card(t("Drift against {0}", idOf(1)), facts([[t("mean share of a list"), percent(lists.mean)], [t("mean share of the {0} nearest videos", neighbours.nearest), percent(neighbours.mean)]]),
    h("p", null), figure(title, bars(title, rows, count), null, () => table(title, [title, "#" + t("users")], rows.map((row) => [row.name, count(row.bars[0].value)]))));
}

function healthView() {
  const of = (run) => data.runs[run].health, all = data.counts.videos || 1;
  const vectors = table(t("Vectors"), [t("Run"), "#" + t("rows"), "#" + t("without embedding"), "#" + t("shortest"), "#" + t("longest")],
    runs.flatMap((run) => ["users", "videos"].map((kind) => { const n = of(run)[kind]; return [[badge(run), " ", t(kind)], count(n.rows), count(n.without), fixed(n.least == null ? null : Math.sqrt(n.least), 6), fixed(n.most == null ? null : Math.sqrt(n.most), 6)]; })));
  const hashing = table(t("Feature hashing"), [t("space"), "#" + t("tokens"), "#" + t("buckets"), "#" + t("sharing a bucket"), "#" + t("most in one")],
    runs.flatMap((run) => of(run).collisions.map((one) => [[badge(run), " ", t(one.space)], count(one.tokens), count(one.buckets), count(one.tokens_that_share_a_bucket), count(one.most_in_one_bucket)])));
  const missing = of(0).missing;
  const gaps = () => table(t("Missing values"), [t("field"), "#" + t("missing"), "#" + t("share")], missing.map(([field, n]) => [t(field), count(n), percent(n / all)]));
  const words = table(t("Vocabulary"), [t("metric"), ...runs.map((run) => `#${"AB"[run]}`)], [["tokens that the model knows", "known"], ["tokens it does not know", "unknown"], ["videos without a known token", "bare"]]
    .map(([name, key]) => [t(name), ...runs.map((run) => count(of(run).vocabulary[key]))]));
  return [h("h1", null, t("Health")), h("div", { class: "grid" }, card(t("Feature hashing"), hashing), card(t("Vectors"), vectors),
    card(t("Missing values"), figure(null, bars(t("Missing values"), missing.map(([field, n]) => ({ name: t(field), bars: [{ series: "a", value: n / all }] })), (x) => percent(x)), null, gaps)),
    card(t("Vocabulary"), words), driftCard())];
}
