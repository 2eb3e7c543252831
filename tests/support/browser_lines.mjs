// Looks at pictures of lines as examples/browser does, and reads them where a model is given.
//
// Usage: node browser_lines.mjs FOLDER [MODEL ONNXRUNTIME]
//
// FOLDER has pictures.json and pixels.bin, see browser_pictures.mjs. It gets looks.json, for each
// picture a list of { box, isDark, width }, and strips.bin, the strips of 40 rows one after the other;
// with a MODEL's folder and the module ONNXRUNTIME also lines.json, what is read in each picture.

import { readFile, writeFile } from "node:fs/promises";

import { Classifier } from "../../examples/browser/classifier.js";
import { cutStrip, looks } from "../../examples/browser/line.js";
import { readPictures } from "./browser_pictures.mjs";

const [folder, model, onnxruntime] = process.argv.slice(2);
const { pictures, greys } = await readPictures(folder);

const strips = [];
const found = greys.map((grey, i) =>
  looks(grey, pictures[i][2]).map(({ box, isDark }) => {
    const strip = cutStrip(grey, box, isDark);
    strips.push(strip.data);
    return { box, isDark, width: strip.width };
  }),
);
await writeFile(`${folder}/looks.json`, JSON.stringify(found));
await writeFile(`${folder}/strips.bin`, Buffer.concat(strips));

if (model !== undefined) {
  const bytes = (name) => readFile(`${model}/${name}`);
  const config = JSON.parse(await readFile(`${model}/config.json`, "utf8"));
  const files = await Promise.all(["model.onnx", "first.onnx"].map(bytes));
  const ort = await import(onnxruntime);
  const classifier = await Classifier.create(ort, config, ...files, () => bytes("lines.onnx"));
  const lines = [];
  for (const [i, grey] of greys.entries()) {
    const { strip, ...line } = await classifier.readLine(grey, pictures[i][2]);
    lines.push({ ...line, width: strip?.width ?? null });
  }
  await writeFile(`${folder}/lines.json`, JSON.stringify(lines));
}
