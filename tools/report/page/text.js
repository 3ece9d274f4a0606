// The page speaks English, and Japanese where the browser asks for it.
const JAPANESE = (navigator.languages?.[0] ?? navigator.language ?? "en").toLowerCase().startsWith("ja");
document.documentElement.lang = JAPANESE ? "ja" : "en";

const WORDS = {
  "Summary": "概要", "Users": "ユーザー", "Videos": "動画", "Dataset bias": "データの偏り", "Recommendation distribution": "推薦の分布", "Segments": "セグメント",
  "Health": "健全性", "Map": "地図", "Try it": "試す", "Skip to the content": "本文へ移動", "Views": "画面", "Gate": "ゲート", "GO": "合格", "NO-GO": "不合格",
  "not judged": "未判定", "left out": "対象外", "All conditions are met.": "すべての条件を満たしています。", "{0} of {1} conditions are not met.": "{1} 件の条件のうち {0} 件を満たしていません。",
  "twotower eval has not judged this run: metrics.json is missing.": "この run はまだ twotower eval で評価されていません（metrics.json がありません）。", "Comparison": "比較",
  "{0} is better": "{0} が優れています", "no clear difference": "明確な差はありません",
  "The same users, the same validation likes; intervals of 95 % over paired bootstraps of users.": "同じユーザーと同じ検証用 LIKE で比較。95 % 区間はユーザーの対応ありブートストラップ。",
  "Metrics": "指標", "metric": "指標", "popularity": "人気順", "interval of 95 %": "95 % 区間", "Difference A − B": "差 A − B", "relative": "相対",
  "before (B)": "B", "after (A)": "A", "Training": "学習", "epoch": "エポック", "loss": "損失", "validation loss": "検証損失", "Data": "データ", "users": "ユーザー数",
  "videos": "動画数", "train rows": "学習行", "train likes": "学習 LIKE", "validation rows": "検証行", "validation likes": "検証 LIKE", "What changed": "変更点",
  "setting": "設定", "Nothing that was recorded differs.": "記録された設定に違いはありません。", "Model": "モデル", "{0} of {1} shown": "{1} 件中 {0} 件を表示",
  "Judged users": "評価ユーザー数", "Search a user": "ユーザーを検索", "Random user": "ランダムなユーザー", "Search a video": "動画を検索", "List length": "件数 K",
  "Include what the user knows": "既知の動画も含める", "Liked": "LIKE した動画", "Recommended": "推薦", "Disliked": "DISLIKE した動画", "hit": "的中", "known": "既知",
  "liked in validation": "検証で LIKE", "Why": "理由", "No user of that name.": "該当するユーザーがいません。", "No video of that name.": "該当する動画がありません。",
  "{0} found": "{0} 件", "newest first": "新しい順",
  "{0} likes, {1} neutral, {2} disliked, {3} liked in validation": "LIKE {0}、中立 {1}、DISLIKE {2}、検証 LIKE {3}", "recall": "再現率", "hide": "除外",
  "Show hidden ones again": "除外を解除", "show all {0}": "{0} 件すべて表示", "live: scores are within about 0.002": "その場で計算（スコアの誤差は約 0.002）",
  "as twotower recommend gives them": "twotower recommend と同じ結果", "No embedding: nothing is recommended.": "埋め込みがないため推薦はありません。",
  "A score is the cosine of the user's and the video's vectors. Why: what the score loses without a feature of the video, or without one of the user's {0} newest likes.": "スコアはユーザーと動画のベクトルの余弦。理由：動画の特徴、またはユーザーの最新 LIKE {0} 件のうち 1 件を除いたときにスコアが失う量。",
  "Nearest videos": "近い動画", "Recommended to": "推薦されるユーザー", "Liked by": "LIKE したユーザー", "likes": "LIKE", "reviews": "評価数", "recommended": "推薦数",
  "released": "発売日", "to nobody shown": "表示中のユーザーにはいません", "and {0} more": "ほか {0} 件", "tags": "タグ", "performers": "出演者", "maker": "メーカー",
  "label": "レーベル", "series": "シリーズ", "source": "ソース", "title": "タイトル", "product_released_at": "発売日", "price": "価格", "duration_seconds": "再生時間",
  "value": "値", "ratings": "評価", "positive": "正例", "share positive": "正例率",
  "How often each value occurs in the catalogue and in the ratings (train and validation), and how many of those are likes.": "各値がカタログと評価（学習と検証）に現れる回数と、そのうちの LIKE 数。",
  "The catalogue has no value of this field.": "この項目の値はカタログにありません。", "{0} values": "{0} 種類",
  "the {0} most frequent are listed; the others make {1}": "上位 {0} 件を表示。残りは計 {1}", "Filter": "絞り込み", "unique videos": "異なる動画数",
  "users reached": "到達ユーザー数", "count": "件数", "recommendations": "推薦件数", "coverage": "カバレッジ", "Gini": "ジニ係数", "Popularity curve": "人気曲線",
  "Share that the most liked n % of the videos have": "LIKE の多い上位 n % の動画が占める割合", "% of the videos, most liked first": "動画の %（LIKE の多い順）",
  "share of {0}": "{0} の割合",
  "The first {0} recommendations of every user with an embedding, without what they know.": "埋め込みのある全ユーザーの上位 {0} 件（既知を除く）。", "wanted": "目標",
  "{0} more are not among the videos of this page.": "ほか {0} 件はこの画面に含まれない動画です。", "all {0} users and {1} videos": "全ユーザー {0} 件、全動画 {1} 件",
  "{0} of {1} users and {2} of {3} videos": "ユーザー {1} 件中 {0} 件、動画 {3} 件中 {2} 件",
  "users are evenly chosen, videos are the recommended and the most liked ones": "ユーザーは等間隔に、動画は推薦されたものと LIKE の多いものを抽出", "product page": "商品ページ", "image": "画像",
  "warm": "既知の動画", "cold": "LIKE のない動画", "new": "新しい動画", "pairs": "組", "segment": "区分", "Likes of the user in train": "学習での LIKE 数", "Makers": "メーカー",
  "The same lists, judged on a part of the videos or of the users.": "同じ推薦を、動画またはユーザーの一部で評価。", "Feature hashing": "特徴ハッシュ", "space": "空間",
  "tokens": "トークン", "buckets": "バケット", "sharing a bucket": "衝突", "most in one": "最大", "Vectors": "ベクトル", "without embedding": "埋め込みなし",
  "shortest": "最短", "longest": "最長", "rows": "行", "Missing values": "欠損値", "field": "項目", "missing": "欠損", "share": "割合", "Vocabulary": "語彙",
  "tokens that the model knows": "モデルが知るトークン", "tokens it does not know": "知らないトークン", "videos without a known token": "既知トークンのない動画",
  "Drift against {0}": "{0} からの変化", "shared by both lists": "両方の推薦に共通", "mean share of a list": "共通割合の平均",
  "mean share of the {0} nearest videos": "近傍 {0} 件の共通割合の平均", "There is no other run to compare with.": "比較する run がありません。",
  "Embeddings of the videos in two dimensions": "動画の埋め込み（2 次元）", "Colour": "色", "all alike": "すべて同色",
  "Principal components 1 and 2: they hold {0} of the variance.": "第 1・第 2 主成分（分散の {0}）。",
  "the most liked videos and where they are": "LIKE の多い動画とその位置",
  "Choose videos that a made-up user likes; the user tower runs in this page.": "架空ユーザーが好む動画を選ぶと、この画面内でユーザータワーが動作します。", "Chosen": "選択中",
  "remove": "削除", "Clear": "すべて解除", "Nothing is chosen yet.": "まだ選択されていません。",
  "Of {0} videos the {1} most liked can be chosen.": "{0} 件中、LIKE の多い {1} 件から選べます。",
  "This page has no user tower: the model has another form, or it would pass the size limit (--max-mb).": "この画面にはユーザータワーがありません（モデルの形式、またはサイズ上限 --max-mb のため）。",
  "This program was built without the WebAssembly core: a made-up user needs it.": "このプログラムは WebAssembly なしでビルドされたため、架空ユーザーは使えません。",
  "computed by the core as WebAssembly in {0} ms": "WebAssembly のコアで計算（{0} ms）", "as a table": "表で見る", "none": "なし", "yes": "はい", "no": "いいえ",
  "This browser cannot unpack the page: it lacks DecompressionStream.": "このブラウザは DecompressionStream に対応していません。",
  "There is no such page here.": "そのページはありません。", "difference": "差", "Run": "Run", "not known": "不明", "tag": "タグ", "performer": "出演者",
};

// A sentence in the reader's language, with {0}, {1}, ... filled in.
function t(text, ...values) {
  const said = JAPANESE ? WORDS[text] ?? text : text;
  return said.replace(/\{(\d)\}/g, (_, at) => String(values[at]));
}

const whole = new Intl.NumberFormat(JAPANESE ? "ja" : "en", { maximumFractionDigits: 0 });
const count = (n) => n == null ? "–" : whole.format(n);
const fixed = (x, digits = 3) => x == null || !Number.isFinite(x) ? "–" : x.toFixed(digits);
const signed = (x, digits = 3) => x == null || !Number.isFinite(x) ? "–" : (x < 0 ? "−" : "+") + Math.abs(x).toFixed(digits);
const plain = (x) => x == null || !Number.isFinite(x) ? "–" : String(Number(x.toFixed(4)));
const percent = (x, digits = 1) => x == null || !Number.isFinite(x) ? "–" : (100 * x).toFixed(digits) + " %";
