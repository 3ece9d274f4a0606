// Routes: what stands after # names a view, and perhaps what it shows.
const VIEWS = [["summary", "Summary", summaryView], ["users", "Users", usersView], ["items", "Videos", itemsView], ["try", "Try it", madeUpView],
  ["bias", "Dataset bias", biasView], ["distribution", "Recommendation distribution", distributionView], ["segments", "Segments", segmentsView],
  ["health", "Health", healthView], ["map", "Map", mapView]];
let drawing = 0;

function drawNav(current) {
  document.getElementById("nav").replaceChildren(h("ul", null, VIEWS.map(([route, name]) =>
    h("li", null, h("a", { href: `#/${route}`, "aria-current": route === current && "page" }, t(name))))));
  document.querySelector("#nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
}

async function route(event) {
  const [, name = "summary", chosen] = location.hash.split("/");
  const view = VIEWS.find(([one]) => one === (name || "summary")), main = document.getElementById("main"), turn = ++drawing;
  drawNav(view?.[0]);
  const parts = view ? await view[2](chosen) : [h("h1", null, t("There is no such page here."))];
  if (turn !== drawing) return;
  main.replaceChildren(...parts.flat(Infinity).filter((part) => part instanceof Node));
  document.title = `${view ? t(view[1]) : "?"} · ${data.runs.map((run) => run.run_id).join(" / ")} · twotower`;
  if (event) {
    main.focus({ preventScroll: true });
    scrollTo({ top: 0, behavior: "instant" });
  }
}

function failed(error) {
  document.getElementById("main").replaceChildren(h("p", { role: "alert" }, String(error.message ?? error)));
  console.error(error);
}

async function start() {
  document.getElementById("skip").textContent = t("Skip to the content");
  document.getElementById("skip").addEventListener("click", (event) => { event.preventDefault(); document.getElementById("main").focus(); });
  document.getElementById("nav").setAttribute("aria-label", t("Views"));
  if (typeof DecompressionStream === "undefined") throw new Error(t("This browser cannot unpack the page: it lacks DecompressionStream."));
  await readData();
  document.getElementById("runs").replaceChildren(...runs.flatMap((run) => [badge(run), ` ${data.runs[run].run_id} `]));
  const { users, users_shown: u, videos, videos_shown: v } = data.counts, all = u === users && v === videos;
  document.getElementById("foot").replaceChildren(h("p", null, `twotower ${data.version} — `, all
    ? t("all {0} users and {1} videos", count(users), count(videos))
    : [t("{0} of {1} users and {2} of {3} videos", count(u), count(users), count(v), count(videos)), ": ", t("users are evenly chosen, videos are the recommended and the most liked ones")]));
  addEventListener("hashchange", (event) => route(event).catch(failed));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => atlas.canvas?.isConnected && drawMap());
  addEventListener("resize", () => atlas.canvas?.isConnected && drawMap());
  engine.packed = unpack("packed-vectors"); // by another thread, while the first view is drawn
  await route();
  document.documentElement.dataset.ready = "yes";
  setTimeout(() => readTowers().catch(failed), 50); // before somebody asks for it
}

start().catch(failed);
