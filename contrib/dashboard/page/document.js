// An OpenAPI document: its operations, with references resolved.

const METHODS = ["get", "post", "put", "patch", "delete"];

/** What a reference of the document leads to. */
export function resolve(document, value) {
  for (let hops = 0; value?.$ref && hops < 8; hops++) {
    value = value.$ref
      .replace(/^#\//, "")
      .split("/")
      .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"))
      .reduce((node, step) => node?.[step], document);
  }
  return value ?? {};
}

/** The name of a referenced component, "" for none. */
export const nameOf = (value) => value?.$ref?.split("/").at(-1) ?? "";

/** [{id, method, path, tag, …the operation}] in the order of the document. */
export function operations(document) {
  const found = [];
  for (const [path, item] of Object.entries(document.paths ?? {})) {
    for (const method of METHODS) {
      const operation = item[method];
      if (!operation) continue;
      found.push({
        ...operation,
        id: operation.operationId ?? `${method} ${path}`,
        method: method.toUpperCase(),
        path,
        tag: operation.tags?.[0] ?? "API",
        parameters: [...(item.parameters ?? []), ...(operation.parameters ?? [])].map((parameter) =>
          resolve(document, parameter),
        ),
        security: operation.security ?? document.security ?? [],
      });
    }
  }
  return found;
}

/** The media types of a body or an answer: [[type, {schema, example}]]. */
export const contents = (body) => Object.entries(body?.content ?? {});
