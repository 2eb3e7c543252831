// Shows what openapi.json says: each path with its parameters, bodies and answers.

import { element } from "./answer.js";
import { ask } from "./server.js";

const paths = document.getElementById("paths");
const failed = document.getElementById("failed");

try {
  show(await ask("openapi.json"));
} catch (error) {
  failed.hidden = false;
  failed.textContent = error.message;
}

function show(api) {
  paths.append(element("p", { textContent: api.info.description }));
  if (api.security)
    paths.append(element("p", { textContent: "Requests bring the token: Authorization: Bearer TOKEN." }));
  for (const [path, methods] of Object.entries(api.paths))
    for (const [method, operation] of Object.entries(methods)) paths.append(section(api, path, method, operation));
  const schemas = element("section");
  schemas.append(element("h2", { textContent: "Objects" }));
  for (const [name, schema] of Object.entries(api.components.schemas)) {
    schemas.append(element("h3", { id: name, textContent: name }), table(fields(schema)));
  }
  const source = element("p");
  source.append("All of this for programs: ", element("a", { href: "openapi.json", textContent: "openapi.json" }));
  paths.append(schemas, source);
}

function section(api, path, method, { summary, parameters = [], requestBody, responses }) {
  const part = element("section");
  part.append(element("h2", { textContent: `${method.toUpperCase()} ${path}` }), element("p", { textContent: summary }));
  if (requestBody) {
    const words = requestBody.description ? ` ${requestBody.description}` : "";
    part.append(element("p", { textContent: `Body: ${Object.keys(requestBody.content).join(", ")}.${words}` }));
  }
  if (parameters.length)
    part.append(table(parameters.map(({ name, description, schema }) => [name, typeOf(schema), description])));
  const rows = Object.entries(responses).map(([code, response]) => {
    const { description, content = {} } = response.$ref ? found(api, response.$ref) : response;
    const types = Object.entries(content).map(([type, { schema }]) => (schema ? typeOf(schema) : type));
    return [code, types.join(", "), description];
  });
  part.append(table(rows));
  return part;
}

function fields({ properties = {}, required = [] }) {
  return Object.entries(properties).map(([name, schema]) => [
    name, typeOf(schema), required.includes(name) ? "" : "where it was asked for",
  ]);
}

/** What a value may be, in short words. */
function typeOf(schema) {
  if (schema.$ref) return schema.$ref.split("/").at(-1);
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => value ?? "null").join(" | ");
  if (schema.oneOf) return schema.oneOf.map(typeOf).join(" | ");
  if (schema.type === "array") return `list of ${typeOf(schema.items)}`;
  if (schema.type === "object" && schema.properties) {
    const inner = Object.entries(schema.properties).map(([name, value]) => `${name}: ${typeOf(value)}`);
    return `{ ${inner.join(", ")} }`;
  }
  const { minimum, maximum } = schema;
  const range = minimum === undefined ? "" : maximum === undefined ? ` from ${minimum}` : ` ${minimum} to ${maximum}`;
  return `${schema.type ?? "anything"}${range}`;
}

function found(api, reference) {
  return reference.slice(2).split("/").reduce((part, name) => part[name], api);
}

function table(rows) {
  const body = element("table", { className: "facts" }).createTBody();
  for (const [name, ...rest] of rows) {
    const line = body.insertRow();
    const head = element("th", { scope: "row" });
    head.append(element("code", { textContent: name }));
    line.append(head, ...rest.map((text) => element("td", { textContent: text })));
  }
  return body.parentElement;
}
