/** How often each level occurs in a picture, and what lies in the middle; edgedigit/raster/histograms.py. */

/** Counts whole numbers from `lowest` on, of which there are so many levels. */
export class Histogram {
  constructor(values, levels, lowest = 0) {
    this.size = values.length;
    this.lowest = lowest;
    this.counts = new Uint32Array(levels);
    for (let i = 0; i < values.length; i++) this.counts[values[i] - lowest] += 1;
  }

  /** The level of the pixel of some rank; the darkest one has rank 1. */
  atRank(rank) {
    let place = 0;
    for (let below = this.counts[0]; below < rank; below += this.counts[place]) place += 1;
    return place + this.lowest;
  }

  /** How many pixels have at most a level. */
  upTo(level) {
    let number = 0;
    for (let place = 0; place <= level - this.lowest; place++) number += this.counts[place];
    return number;
  }
}

/** Twice the median, because it may lie between two whole numbers. */
export function twiceMedian(values) {
  const ordered = new Float64Array(values).sort();
  return ordered[(ordered.length - 1) >> 1] + ordered[ordered.length >> 1];
}
