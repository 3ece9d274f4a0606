// What the program put into the page: JSON, and numbers as bytes, both packed.
function bytesOf(id) {
  const text = document.getElementById(id)?.textContent ?? "";
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const raw = atob(text), bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  return bytes;
}

async function unpack(id) {
  const bytes = bytesOf(id);
  if (bytes.length === 0) return bytes;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

let data, runs;
const FIELDS = ["tags", "performers", "maker", "label", "series", "source"];

async function readData() {
  data = JSON.parse(new TextDecoder().decode(await unpack("packed-data")));
  runs = data.runs.map((_, at) => at);
  data.items.search = data.items.title.map((title, at) => `${title}\n${data.items.id[at]}`.toLowerCase());
  const images = data.images.filter(Boolean).length, shown = data.images.filter((_, item) => shows(item)).length;
  data.pictures = shown > 0 && 2 * shown >= images;
  data.users.search = data.users.id.map((id) => id.toLowerCase());
}

// Positions of the rows that hold the text, at most `most`, and how many do.
function find(rows, text, most = 40) {
  const wanted = text.trim().toLowerCase(), found = [];
  let all = 0;
  for (let i = 0; i < rows.length; i++) {
    if (!rows[i].includes(wanted)) continue;
    if (found.length < most) found.push(i);
    all++;
  }
  return { found, all };
}

const values = (field, item) => data.items[field].rows[item].map((at) => data.items[field].names[at]);
// Images of the network are shown only where the page's policy lets them in, and are links elsewhere.
const shows = (item) => Boolean(data.images[item]) && (data.fetches || data.images[item].startsWith("data:"));
const titleOf = (item) => data.items.title[item] || data.items.id[item];

// The page has the videos most liked first.
const popularItems = (most) => Array.from({ length: Math.min(most, data.items.id.length) }, (_, item) => item);
