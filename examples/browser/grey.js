/** Makes grey of a canvas' pixels, as edgedigit/images/pixels.py does: luminance and transparency. */

// Grey levels between ink and paper below which a surface counts as one tone.
const CONTRAST = 48;

/** The grey picture of ImageData: ITU-R 601 in fixed point, on a background where it is clear. */
export function greyOf({ data, width, height }) {
  const grey = new Uint8Array(width * height);
  let isOpaque = true;
  for (let i = 0, k = 0; k < grey.length; i += 4, k++) {
    grey[k] = (data[i] * 19595 + data[i + 1] * 38470 + data[i + 2] * 7471 + 0x8000) >> 16;
    if (data[i + 3] < 255) isOpaque = false;
  }
  if (isOpaque) return { data: grey, width, height };
  const alpha = grey.map((_, k) => data[4 * k + 3]);
  return { data: composite(grey, alpha), width, height };
}

/**
 * Lays a partly transparent picture on a background on which its ink stands out.
 *
 * The visible pixels, weighted by alpha, decide. If they cover less than half of the picture or
 * are all of about one tone, they are ink on nothing: the background is white under dark ink,
 * black under bright ink. Otherwise the background is their median, which is the paper's. A
 * picture that is transparent everywhere becomes white.
 */
function composite(grey, alpha) {
  const histogram = new Array(256).fill(0);
  let mostOpaque = 0;
  for (let i = 0; i < grey.length; i++) {
    histogram[grey[i]] += alpha[i];
    mostOpaque = Math.max(mostOpaque, alpha[i]);
  }
  if (mostOpaque === 0) return grey.fill(255);
  // Relative to the most opaque pixel, so that a faint picture covers as much as a strong one.
  const half = Math.floor((mostOpaque + 1) / 2);
  let covered = 0;
  for (const value of alpha) if (value >= half) covered += 1;
  const paper = background(histogram, 2 * covered < grey.length);
  return grey.map((value, i) =>
    Math.floor((value * alpha[i] + paper * (255 - alpha[i]) + 127) / 255),
  );
}

function background(histogram, isMostlyClear) {
  const total = histogram.reduce((sum, number) => sum + number, 0);
  // Beyond the outermost 1/256 lie edges and noise.
  const outermost = Math.floor(total / 256);
  const spread = levelAt(histogram, total - outermost) - levelAt(histogram, outermost + 1);
  if (isMostlyClear || spread < CONTRAST) {
    const sum = histogram.reduce((sum, number, level) => sum + number * level, 0);
    return Math.floor(sum / total) < 128 ? 255 : 0;
  }
  return levelAt(histogram, Math.floor((total + 1) / 2));
}

/** The level of some rank; the darkest one has rank 1. */
function levelAt(histogram, rank) {
  let level = 0;
  for (let below = histogram[0]; below < rank; below += histogram[level]) level += 1;
  return level;
}
