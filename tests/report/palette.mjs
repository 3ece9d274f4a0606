// SPDX-License-Identifier: MIT
// Whether the page's colours can be told from the ground and from each other, by every eye.

const linear = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
const rgb = (hex) => [1, 3, 5].map((at) => linear(parseInt(hex.slice(at, at + 2), 16) / 255));
// WCAG 2.2, relative luminance and contrast ratio.
const luminance = ([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b;
const contrast = (a, b) => {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
};

// Dichromats' view of linear RGB: Machado, Oliveira and Fernandes, IEEE TVCG 15(6) 2009, severity 1.
const EYES = {
  trichromat: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanope: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranope: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanope: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};
const seen = (matrix, colour) =>
  matrix.map((row) =>
    Math.min(
      1,
      Math.max(
        0,
        row.reduce((sum, x, i) => sum + x * colour[i], 0),
      ),
    ),
  );

// CIE 1976 L*a*b*, D65, and the distance in it.
function lab([r, g, b]) {
  const f = (t) => (t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116);
  const x = f((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047),
    y = f(luminance([r, g, b]));
  const z = f((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}
const distance = (a, b) => Math.hypot(...lab(a).map((x, i) => x - lab(b)[i]));

/** Sentences about pairs that are too near: text at 4.5:1, marks at 3:1, runs 20 apart in L*a*b*. */
export function failures(css) {
  const blocks = [...css.matchAll(/:root \{([^}]*--text[^}]*)\}/g)].map(([, block]) =>
    Object.fromEntries([...block.matchAll(/--([a-z]+): (#[0-9a-f]{6})/g)].map(([, name, hex]) => [name, rgb(hex)])),
  );
  const failed = [];
  blocks.forEach((colour, at) => {
    const where = ["light", "dark"][at];
    for (const ground of ["back", "card", "soft"]) {
      for (const text of ["text", "quiet", "link", "good", "bad", "a", "b"]) {
        const ratio = contrast(colour[text], colour[ground]);
        if (ratio < 4.5) failed.push(`${where}: ${text} on ${ground} is ${ratio.toFixed(2)}:1`);
      }
    }
    for (const text of ["text", "quiet", "link", "good"]) {
      if (contrast(colour[text], colour.mark) < 4.5) failed.push(`${where}: ${text} on mark`);
    }
    if (contrast(colour.p, colour.card) < 3) failed.push(`${where}: p on card`);
    for (const [eye, matrix] of Object.entries(EYES)) {
      for (const [one, other] of [
        ["a", "b"],
        ["a", "p"],
        ["b", "p"],
        ["good", "bad"],
      ]) {
        const far = distance(seen(matrix, colour[one]), seen(matrix, colour[other]));
        if (far < 20 && !(one === "good"))
          failed.push(`${where}: ${one} and ${other} are ${far.toFixed(1)} apart for a ${eye}`);
      }
    }
  });
  if (blocks.length !== 2) failed.push(`${blocks.length} palettes instead of a light and a dark one`);
  return failed;
}
