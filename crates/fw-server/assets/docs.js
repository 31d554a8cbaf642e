// The interactive page of the API: reads the served OpenAPI document and lets its calls be tried. No library, no network
// beyond this server.
"use strict";

const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== undefined && child !== null));
  return element;
};

const resolve = (api, schema) => {
  if (schema && schema.$ref) return resolve(api, schema.$ref.split("/").slice(1).reduce((node, key) => node[key], api));
  const alternatives = schema && (schema.oneOf || schema.anyOf);
  if (alternatives) return resolve(api, alternatives.find((one) => one.type !== "null") || alternatives[0]);
  return schema || {};
};

// A body to begin with, made up from the schema.
const sample = (api, schema, depth = 0) => {
  const found = resolve(api, schema);
  if (found.example !== undefined) return found.example;
  if (found.allOf) return Object.assign({}, ...found.allOf.map((part) => sample(api, part, depth)));
  if (found.enum) return found.enum[0];
  const type = Array.isArray(found.type) ? found.type.find((one) => one !== "null") : found.type;
  if (depth > 5) return null;
  if (type === "array") return [];
  if (type === "string") return "";
  if (type === "boolean") return false;
  if (type === "integer" || type === "number") return 0;
  if (found.properties) {
    const entries = Object.entries(found.properties).map(([name, one]) => [name, sample(api, one, depth + 1)]);
    return Object.fromEntries(entries);
  }
  return {};
};

const schemaText = (api, schema) => JSON.stringify(sample(api, schema), null, 2);

const call = async (method, path, operation, form, output) => {
  let url = path;
  const query = new URLSearchParams();
  for (const input of form.querySelectorAll("input[data-in]")) {
    if (input.dataset.in === "path") url = url.replace(`{${input.name}}`, encodeURIComponent(input.value));
    else if (input.value !== "") query.set(input.name, input.value);
  }
  if ([...query].length) url += `?${query}`;
  const headers = {};
  const token = document.getElementById("token").value;
  if (token) headers.Authorization = `Bearer ${token}`;
  const area = form.querySelector("textarea");
  if (area) headers["Content-Type"] = "application/json";
  output.textContent = `${method.toUpperCase()} ${url}\n\n…`;
  try {
    const answer = await fetch(url, { method: method.toUpperCase(), headers, body: area ? area.value : undefined });
    const start = `${method.toUpperCase()} ${url}\n${answer.status} ${answer.statusText}\n\n`;
    const reader = answer.body && answer.body.getReader();
    const decoder = new TextDecoder();
    let text = "";
    while (reader) {
      const { done, value } = await reader.read();
      if (done) break;
      text += decoder.decode(value, { stream: true });
      output.textContent = start + text;
    }
    try { text = JSON.stringify(JSON.parse(text), null, 2); } catch { /* Not JSON: shown as it is. */ }
    output.textContent = start + text;
  } catch (error) {
    output.textContent += `\n${error}`;
  }
};

const operationView = (api, path, method, operation) => {
  const fields = (operation.parameters || []).map((parameter) => make("div", { class: "field" },
    make("label", { title: parameter.description || "" }, `${parameter.name}${parameter.required ? " *" : ""}`),
    make("input", { name: parameter.name, "data-in": parameter.in, placeholder: parameter.description || "" })));
  const content = operation.requestBody && operation.requestBody.content && operation.requestBody.content["application/json"];
  const area = content && make("textarea", { spellcheck: "false" });
  if (area) area.value = schemaText(api, content.schema);
  const answers = Object.entries(operation.responses || {}).map(([status, answer]) =>
    make("div", { class: "muted" }, `${status}: ${answer.description || ""}`));
  const output = make("pre");
  const form = make("form", { onsubmit: (event) => { event.preventDefault(); call(method, path, operation, form, output); } },
    ...fields, area, make("button", {}, "Send"));
  return make("details", { "data-text": `${method} ${path} ${operation.summary || ""}`.toLowerCase() },
    make("summary", {}, make("b", { class: `method ${method}` }, method.toUpperCase()), make("code", {}, path),
      make("span", {}, operation.summary || "")),
    make("div", { class: "body" }, make("p", {}, operation.description || ""), ...answers, form, output));
};

const show = (api) => {
  const groups = new Map();
  for (const [path, item] of Object.entries(api.paths)) {
    for (const method of ["get", "post", "put", "patch", "delete"]) {
      const operation = item[method];
      if (!operation) continue;
      const tag = (operation.tags || ["other"])[0];
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push(operationView(api, path, method, operation));
    }
  }
  const sections = [...groups].map(([tag, views]) => make("section", {}, make("h2", {}, tag), ...views));
  document.getElementById("main").replaceChildren(make("p", {}, api.info.description || ""), ...sections);
};

document.getElementById("find").addEventListener("input", (event) => {
  const wanted = event.target.value.toLowerCase();
  for (const one of document.querySelectorAll("details")) one.hidden = !one.dataset.text.includes(wanted);
});

fetch("/api/v1/openapi.json").then((answer) => answer.json()).then(show).catch((error) => {
  document.getElementById("main").textContent = `The API's document cannot be read: ${error}`;
});
