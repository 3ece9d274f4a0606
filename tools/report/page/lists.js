// Lists of videos, as every view shows them.
const itemLink = (item) => h("a", { href: `#/items/${item}`, class: "title" }, bdi(titleOf(item)));
const userLink = (user) => h("a", { href: `#/users/${user}` }, bdi(data.users.id[user]));

// Maker, tags and performers in one quiet line.
function metaOf(item) {
  const parts = [data.items.released[item]?.slice(0, 10), ...values("maker", item), values("tags", item).slice(0, 6).join(" · ")].filter(Boolean);
  const performers = values("performers", item).slice(0, 3).map((name) => name.length === 36 && name[8] === "-" ? name.slice(0, 8) : name);
  if (performers.length) parts.push(performers.join(", "));
  return h("div", { class: "meta" }, parts.map((part, at) => [at > 0 && " — ", bdi(part)]), imageLink(item) && [parts.length > 0 && " — ", imageLink(item)]);
}

// Where most videos have a picture the others have its place.
const thumb = (item, large) => (data.pictures || shows(item)) && h("span", { class: large ? "thumb large" : "thumb" }, shows(item) &&
  h("img", { src: data.images[item], alt: titleOf(item), loading: "lazy", decoding: "async", referrerpolicy: "no-referrer" }));

const imageLink = (item) => data.images[item] && !shows(item) &&
  h("a", { href: data.images[item], "aria-label": `${t("image")}: ${titleOf(item)}`, rel: "noopener noreferrer", target: "_blank" }, t("image"));

// options: score, flags, why, button
const videoRow = (item, { score, flags = [], why, button, hit } = {}) => h("li", { class: [hit && "hit", (data.pictures || shows(item)) && "pictured"].filter(Boolean).join(" ") || null },
  thumb(item), h("div", { class: "line" }, itemLink(item), h("span", { class: "score" }, button, score != null && fixed(score))),
  flags.length > 0 && h("div", null, flags.map((flag) => h("span", { class: "flag" }, flag, " "))),
  metaOf(item), why);

const videoList = (rows, bare) => h("ol", { class: bare ? "videos bare" : "videos" }, rows);

// The first few of a list, and the rest on demand.
function foldedVideos(items, first = 8) {
  const box = h("div", null, videoList(items.slice(0, first).map((item) => videoRow(item)), true));
  if (items.length > first) {
    box.append(h("button", { type: "button", onclick: () => box.replaceChildren(videoList(items.map((item) => videoRow(item)), true)) },
      t("show all {0}", count(items.length))));
  }
  return box;
}

// A search field over rows of text with links below it.
// Without `first` all are found by no text; an empty `first` shows nothing until there is a text.
function finder(label, rows, link, empty, first) {
  const list = h("ul", { class: "found" }), said = h("p", { class: "small quiet", role: "status" });
  const show = (text) => {
    const { found, all } = find(rows, text, 24);
    list.replaceChildren(...(text.trim() === "" && first ? first : found).map((at) => h("li", null, link(at))));
    said.textContent = all === 0 ? empty : text.trim() === "" && first ? "" : t("{0} found", count(all));
  };
  const field = search(label, "", show);
  show("");
  return { field, result: h("div", null, said, list) };
}
