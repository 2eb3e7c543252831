/**
 * Separable resampling in whole numbers, so that the pixels are those of edgedigit/raster/resampling.py.
 *
 * A picture is `{ data, width, height }`, row by row, as in a canvas' ImageData but with one value
 * a pixel. Weights are a list with `{ first, values }` for each place of the result: multiples of
 * 1 / UNIT for the pixels from `first` on.
 */

export const UNIT = 4096;

// Beyond this there is no room for a fraction.
const NO_FRACTION = 1.5 * 2 ** 52;

/** The nearest whole number; of two equally near ones the even one, unlike Math.round. */
export function rint(value) {
  return value + NO_FRACTION - NO_FRACTION;
}

/** Resamples rows, then columns; at most 255 comes out. */
export function resample({ data, width }, yWeights, xWeights) {
  const columns = xWeights.length;
  const result = new Uint8Array(yWeights.length * columns);
  const line = new Float64Array(width);
  yWeights.forEach(({ first, values }, y) => {
    line.fill(0);
    values.forEach((weight, place) => {
      const start = (first + place) * width;
      for (let x = 0; x < width; x++) line[x] += weight * data[start + x];
    });
    // Four more bits than a pixel has go into the second product.
    for (let x = 0; x < width; x++) line[x] = rint(line[x] / (UNIT / 16));
    for (let column = 0; column < columns; column++) {
      const { first, values } = xWeights[column];
      let sum = 0;
      for (let place = 0; place < values.length; place++)
        sum += values[place] * line[first + place];
      result[y * columns + column] = Math.min(rint(sum / (UNIT * 16)), 255);
    }
  });
  return { data: result, width: columns, height: yWeights.length };
}

/** Averages blocks of so many pixels per side; what is left over at the ends goes. */
export function blockAverages(picture, block) {
  if (block === 1) return picture;
  const rows = Math.min(block, picture.height);
  const columns = Math.min(block, picture.width);
  const width = Math.floor(picture.width / columns);
  const height = Math.floor(picture.height / rows);
  const result = new Uint8Array(width * height);
  const line = new Uint32Array(width * columns);
  for (let y = 0; y < height; y++) {
    line.fill(0);
    for (let row = 0; row < rows; row++) {
      const start = (y * rows + row) * picture.width;
      for (let x = 0; x < line.length; x++) line[x] += picture.data[start + x];
    }
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let column = 0; column < columns; column++) sum += line[x * columns + column];
      result[y * width + x] = Math.floor(sum / (rows * columns));
    }
  }
  return { data: result, width, height };
}

/** Weights that average equal stretches of pixels. */
export function averages(pixels, cells) {
  return Array.from({ length: cells }, (_, cell) => {
    const start = (cell * pixels) / cells;
    const end = ((cell + 1) * pixels) / cells;
    const first = Math.floor(start);
    const values = [];
    for (let pixel = first; pixel < end; pixel++) {
      const covered = Math.min(end, pixel + 1) - Math.max(start, pixel);
      values.push(rint(covered * (cells / pixels) * UNIT));
    }
    return { first, values };
  });
}

/** Weights that interpolate between the centres of cells. */
export function between(cells, pixels) {
  return Array.from({ length: pixels }, (_, pixel) => {
    const place = Math.min(Math.max(((pixel + 0.5) * cells) / pixels - 0.5, 0), cells - 1);
    const first = Math.floor(place);
    const values = [rint((1 - (place - first)) * UNIT)];
    if (first + 1 < cells) values.push(rint((1 - (first + 1 - place)) * UNIT));
    return { first, values };
  });
}
