// The pictures that tests/examples/test_browser_port.py writes for the port of examples/browser.

import { readFile } from "node:fs/promises";

/**
 * Reads pictures.json, a list of [width, height, ink], and pixels.bin, the grey pixels one picture
 * after the other.
 */
export async function readPictures(folder) {
  const pictures = JSON.parse(await readFile(`${folder}/pictures.json`, "utf8"));
  const pixels = new Uint8Array(await readFile(`${folder}/pixels.bin`));
  let start = 0;
  const greys = pictures.map(([width, height]) => {
    const data = pixels.subarray(start, (start += width * height));
    return { data, width, height };
  });
  return { pictures, greys };
}
