// Normalises pictures with the port of examples/browser, and classifies them where a model is given.
//
// Usage: node browser_port.mjs FOLDER [MODEL ONNXRUNTIME]
//
// FOLDER has pictures.json and pixels.bin, see browser_pictures.mjs. It gets inks.bin, for each
// picture the 28 x 28 pixels and a byte, 1 where there are several digits; with a MODEL's folder and
// the module ONNXRUNTIME also answers.json.

import { readFile, writeFile } from "node:fs/promises";

import { Classifier } from "../../examples/browser/classifier.js";
import { SIDE, normalize } from "../../examples/browser/normalize.js";
import { readPictures } from "./browser_pictures.mjs";

const [folder, model, onnxruntime] = process.argv.slice(2);
const { pictures, greys } = await readPictures(folder);

const size = SIDE * SIDE + 1;
const inks = new Uint8Array(size * pictures.length);
greys.forEach((grey, i) => {
  const { ink, several } = normalize(grey, pictures[i][2]);
  inks.set(ink, size * i);
  inks[size * (i + 1) - 1] = several ? 1 : 0;
});
await writeFile(`${folder}/inks.bin`, inks);

if (model !== undefined) {
  const config = JSON.parse(await readFile(`${model}/config.json`, "utf8"));
  const ort = await import(onnxruntime);
  const files = ["model.onnx", "first.onnx"].map((name) => readFile(`${model}/${name}`));
  const classifier = await Classifier.create(ort, config, ...(await Promise.all(files)));
  const answers = [];
  for (const [i, grey] of greys.entries()) {
    const { digit, confidence, refusal } = await classifier.classify(grey, pictures[i][2]);
    answers.push({ digit, confidence, refusal });
  }
  await writeFile(`${folder}/answers.json`, JSON.stringify(answers));
}
