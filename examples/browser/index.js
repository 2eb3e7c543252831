/** What the package offers: a classifier with the model that comes with it. */

import { Classifier } from "./classifier.js";

export { Classifier, decide } from "./classifier.js";
export { greyOf } from "./grey.js";
export { normalize } from "./normalize.js";

/** The classifier of the package's own model; `ort` is the module onnxruntime-web. */
export function load(ort) {
  return Classifier.load(ort, new URL("./model/", import.meta.url).href);
}
