/**
 * Puts what is to be published together:
 *
 *     npm pack        the package, with the model in it
 *     npm run demo    the page in demo/, which any server of files serves
 */

import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";

const MODEL = "../../edgedigit/models/digits-v5/";
const ONNX_RUNTIME = "node_modules/onnxruntime-web/dist/";
const ONNX_RUNTIME_FILES = ["ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm"];

process.chdir(import.meta.dirname);
const [what] = process.argv.slice(2);
if (what === "package") copyModel("model/");
else if (what === "demo") makeDemo("demo/");
else throw new Error("node build.mjs package | demo");

function copyModel(folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const names = ["config.json", "model.onnx", "lines.onnx"];
  if (JSON.parse(readFileSync(`${MODEL}config.json`)).first) names.push("first.onnx");
  for (const name of names) cpSync(MODEL + name, folder + name);
}

function makeDemo(folder) {
  rmSync(folder, { recursive: true, force: true });
  copyModel(`${folder}model/`);
  for (const name of ONNX_RUNTIME_FILES) cpSync(ONNX_RUNTIME + name, `${folder}onnxruntime/${name}`);
  for (const name of readdirSync("."))
    if (name.endsWith(".js") || name === "style.css") cpSync(name, folder + name);
  const page = readFileSync("index.html", "utf8")
    .replace(MODEL, "model/")
    .replace(`./${ONNX_RUNTIME}`, "./onnxruntime/");
  writeFileSync(`${folder}index.html`, page);
}
