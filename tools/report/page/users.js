// What a user liked, and what each model makes of it.
const choice = { k: 0, known: false, hidden: new Set() };

function whyLine(run, user, rank) {
  const parts = data.runs[run].why.users[user]?.[rank] ?? [];
  if (parts.length === 0) return null;
  const named = [];
  for (let i = 0; i < parts.length; i += 2) {
    const [code, gain] = [parts[i], parts[i + 1]];
    const [field, text] = code < 0 ? ["Liked", titleOf(-1 - code)] : [FIELDS[data.runs[run].why.tokens[code][0]], data.runs[run].why.tokens[code][1]];
    named.push([i > 0 && ", ", h("span", { class: "quiet" }, t(field), " "), bdi(text), ` ${signed(gain / 10000)}`]);
  }
  return h("div", { class: "why" }, t("Why"), ": ", named);
}

// [[video, score, rank as precomputed or -1], ...], and whether it was computed here.
async function recommended(run, user) {
  const top = data.users.top[run];
  const exact = top.items[user].map((item, rank) => [item, top.scores[user][rank] / 10000, rank]).filter(([item]) => item >= 0);
  const live = choice.k > exact.length || choice.known || choice.hidden.size > 0;
  if (!live || exact.length === 0) return [exact.slice(0, choice.k), false];
  await readVectors();
  const rank = new Map(exact.map(([item, , at]) => [item, at]));
  const known = choice.known ? [] : ["liked", "neutral", "disliked"].flatMap((bag) => data.users[bag][user]);
  const hits = nearest(run, userVector(run, user), choice.k, [...known, ...choice.hidden]);
  return [hits.map(([item, score]) => [item, score, rank.get(item) ?? -1]), true];
}

async function listCard(run, user, redraw) {
  const [rows, live] = await recommended(run, user), hits = new Set(data.users.hits[user]);
  const known = new Set(["liked", "neutral", "disliked"].flatMap((bag) => data.users[bag][user]));
  const recall = data.users.top[run].recall[user], away = live ? 0 : data.users.top[run].items[user].filter((item) => item < 0).length;
  return h("section", { class: "card", id: `list-${"ab"[run]}` },
    h("h2", null, badge(run), " ", t("Recommended")),
    h("p", { class: "small quiet" }, idOf(run), " — ", live ? t("live: scores are within about 0.002") : t("as twotower recommend gives them"),
      recall != null && ` — ${t("recall")}@${K()} ${fixed(recall / 10000)}`),
    rows.length === 0 ? h("p", null, t("No embedding: nothing is recommended.")) : videoList(rows.map(([item, score, rank]) => videoRow(item, {
      score, hit: hits.has(item), why: rank >= 0 && whyLine(run, user, rank),
      flags: [hits.has(item) && `★ ${t("hit")}: ${t("liked in validation")}`, known.has(item) && t("known")].filter(Boolean),
      button: h("button", { type: "button", class: "plain", "aria-label": `${t("hide")}: ${titleOf(item)}`, onclick: () => { choice.hidden.add(item); redraw(); } }, t("hide")),
    }))),
    away > 0 && h("p", { class: "small quiet" }, t("{0} more are not among the videos of this page.", count(away))));
}

function userTools(redraw, restore) {
  return h("div", { class: "tools" },
    h("label", null, t("List length"), h("input", { type: "number", id: "list-length", min: 1, max: 200, value: choice.k, onchange: (event) => {
      choice.k = Math.max(1, Math.min(200, Math.round(Number(event.target.value)) || K()));
      event.target.value = choice.k;
      redraw();
    } })),
    h("label", { class: "check" }, h("input", { type: "checkbox", id: "with-known", checked: choice.known, onchange: (event) => { choice.known = event.target.checked; redraw(); } }),
      t("Include what the user knows")), restore);
}

async function usersView(chosen) {
  choice.k ||= K();
  const all = data.users.id.length, user = Number(chosen);
  const random = h("button", { type: "button", id: "random-user", onclick: () => { location.hash = `#/users/${Math.floor(Math.random() * all)}`; } }, t("Random user"));
  const { field, result } = finder(t("Search a user"), data.users.search, userLink, t("No user of that name."), chosen ? [] : undefined);
  const head = [h("h1", null, t("Users")), h("div", { class: "tools" }, field, random)];
  if (!chosen || !(user >= 0 && user < all)) return [head, card(null, result)];
  const lists = h("div", { class: "grid" });
  const restore = h("button", { type: "button", onclick: () => { choice.hidden.clear(); redraw(); } }, t("Show hidden ones again"));
  const redraw = async () => {
    lists.replaceChildren(...await Promise.all(runs.map((run) => listCard(run, user, redraw))));
    restore.toggleAttribute("disabled", choice.hidden.size === 0);
  };
  await redraw();
  const { liked, neutral, disliked, hits } = data.users;
  return [head, result, h("h2", null, bdi(data.users.id[user])),
    h("p", { class: "quiet" }, t("{0} likes, {1} neutral, {2} disliked, {3} liked in validation", liked[user].length, neutral[user].length, disliked[user].length, hits[user].length)),
    userTools(redraw, restore), lists,
    h("p", { class: "small quiet" }, t("A score is the cosine of the user's and the video's vectors. Why: what the score loses without a feature of the video, or without one of the user's {0} newest likes.", data.runs[0].why.likes)),
    h("div", { class: "grid" }, card(`${t("Liked")} (${t("newest first")})`, foldedVideos(liked[user])),
      disliked[user].length > 0 && card(t("Disliked"), foldedVideos(disliked[user])))];
}
