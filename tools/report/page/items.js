// A video, what is near it, and who gets it.
function askers(item) {
  return runs.map((run) => {
    const rows = [];
    data.users.top[run].items.forEach((list, user) => { const rank = list.indexOf(item); if (rank >= 0) rows.push([user, rank]); });
    return rows.sort((a, b) => a[1] - b[1]);
  });
}

const manyUsers = (rows) => rows.length === 0 ? h("p", { class: "quiet" }, t("to nobody shown"))
  : h("ul", { class: "found" }, rows.slice(0, 16).map((row) => h("li", null, row)), rows.length > 16 && h("li", { class: "quiet" }, t("and {0} more", count(rows.length - 16))));

function itemFacts(item) {
  const chips = FIELDS.flatMap((field) => values(field, item).map((name) =>
    h("a", { class: "chip", href: `#/bias/${field}` }, h("span", { class: "quiet" }, t(field), " "), bdi(name))));
  return card(null, shows(item) && thumb(item, true), facts([[t("likes"), count(data.items.likes[item])], [t("reviews"), count(data.items.reviews[item])],
    ...runs.map((run) => [`${t("recommended")} ${"AB"[run]}`, count(data.items.recommended[run][item])]),
    data.items.released[item] && [t("released"), data.items.released[item].slice(0, 10)]]),
    h("p", null), h("p", null, chips), h("p", { class: "small quiet" }, t("ID"), ": ", bdi(data.items.id[item]), /^https?:\/\//i.test(data.items.url[item])
      && [" — ", h("a", { href: data.items.url[item], rel: "noopener noreferrer", target: "_blank" }, t("product page"))],
      imageLink(item) && [" — ", imageLink(item)]));
}

async function itemsView(chosen) {
  const item = Number(chosen), all = data.items.id.length;
  const { field, result } = finder(t("Search a video"), data.items.search, (at) => h("a", { href: `#/items/${at}` }, bdi(titleOf(at))),
    t("No video of that name."), chosen ? [] : popularItems(24));
  const random = h("a", { href: `#/map` }, t("Map"));
  const head = [h("h1", null, t("Videos")), h("div", { class: "tools" }, field, random)];
  if (!chosen || !(item >= 0 && item < all)) return [head, card(null, result)];
  await readVectors();
  const near = runs.map((run) => nearest(run, itemVector(run, item), K(), [item]));
  const got = askers(item), likers = [];
  data.users.liked.forEach((list, user) => { if (list.includes(item)) likers.push(userLink(user)); });
  return [head, result, h("h2", { class: "title" }, bdi(titleOf(item))), itemFacts(item),
    h("div", { class: "grid" }, runs.map((run) => card([badge(run), " ", t("Nearest videos")],
      videoList(near[run].map(([other, score]) => videoRow(other, { score })))))),
    h("div", { class: "grid" }, runs.map((run) => card([badge(run), " ", t("Recommended to")],
      manyUsers(got[run].map(([user, rank]) => [userLink(user), h("span", { class: "quiet" }, ` #${rank + 1}`)])))),
      card(t("Liked by"), manyUsers(likers)))];
}
