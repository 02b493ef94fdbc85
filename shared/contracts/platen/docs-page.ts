import { errorCatalogue } from './problem.ts';

/** The API reference as one page without scripts, generated from the OpenAPI document. It works offline. */

type Json = Record<string, unknown>;
interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
}

const methods = ['get', 'post', 'put', 'patch', 'delete'];

export function docsPage(openApi: Json): string {
  const { info, paths, components } = openApi as {
    info: { title: string; version: string; description: string };
    paths: Record<string, Record<string, Json>>;
    components: { schemas: Record<string, Schema> };
  };
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    methods.filter(method => item[method]).map(method => operationHtml(method, path, item[method] as Json)),
  );
  const schemas = Object.entries(components.schemas).map(
    ([id, schema]) => `<h3 id="schema-${escapeHtml(id)}">${escapeHtml(id)}</h3>${schemaHtml(schema)}`,
  );
  const errors = Object.entries(errorCatalogue).map(
    ([code, { status, title }]) => `<tr id="${code}"><td><code>${code}</code><td>${status}<td>${escapeHtml(title)}`,
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(info.title)} API</title><style>${style}</style>
<h1>${escapeHtml(info.title)} API ${escapeHtml(info.version)}</h1><p>${escapeHtml(info.description)}
<p>Show the key as <code>Authorization: Bearer KEY</code> or <code>x-api-key: KEY</code>. Machines read
<a href="/openapi.json">/openapi.json</a> (OpenAPI 3.1).
<h2>Operations</h2>${operations.join('')}
<h2>Answers</h2>${schemas.join('')}
<h2>Errors</h2><p>Problem documents [RFC 9457]; <code>code</code> is stable, <code>detail</code> is for people.
<table><tr><th>code<th>status<th>meaning${errors.join('')}</table></html>`;
}

const style = `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}
code{background:#f2f2f2;padding:.1em .3em;border-radius:3px}table{border-collapse:collapse;width:100%}
td,th{border-bottom:1px solid #ddd;padding:.3rem .6rem;text-align:left;vertical-align:top}
section{border-top:2px solid #ddd;margin-top:1.5rem}b.method{text-transform:uppercase}`;

function operationHtml(method: string, path: string, operation: Json): string {
  const { operationId, summary, description, parameters, requestBody, responses } = operation as {
    operationId: string;
    summary: string;
    description?: string;
    parameters: { name: string; in: string; description?: string; schema: Schema }[];
    requestBody?: { content: Record<string, { schema?: Schema }> };
    responses: Record<string, { content?: Record<string, { schema?: Schema }> }>;
  };
  const rows = parameters.map(
    parameter =>
      `<tr><td><code>${escapeHtml(parameter.name)}</code><td>${parameter.in}<td>${typeHtml(parameter.schema)}<td>${prose(parameter.description)}`,
  );
  const body = requestBody?.content['application/json']?.schema;
  const [status, answer] = Object.entries(responses)[0] ?? ['', {}];
  const schema = Object.values(answer.content ?? {})[0]?.schema;
  return `<section id="${escapeHtml(operationId)}"><h3><b class="method">${method}</b> <code>${escapeHtml(path)}</code></h3>
<p>${escapeHtml(summary)}. ${prose(description)}${rows.length > 0 ? `<table>${rows.join('')}</table>` : ''}
${body ? `<h4>Body</h4>${schemaHtml(body)}` : ''}<p>Answers ${escapeHtml(status)}: ${schema ? typeHtml(schema) : ''}</section>`;
}

function schemaHtml({ properties = {}, required = [] }: Schema): string {
  const rows = Object.entries(properties).map(([name, schema]) => {
    const inner = schema.properties ? schemaHtml(schema) : '';
    const need = required.includes(name) ? 'required' : '';
    return `<tr><td><code>${escapeHtml(name)}</code><td>${typeHtml(schema)}<td>${need}<td>${prose(schema.description)}${inner}`;
  });
  return rows.length > 0 ? `<table>${rows.join('')}</table>` : '';
}

function typeHtml({ $ref, type, items, enum: values }: Schema): string {
  const id = $ref?.split('/').at(-1);
  if (id) return `<a href="#schema-${escapeHtml(id)}">${escapeHtml(id)}</a>`;
  if (values) return values.map(value => `<code>${escapeHtml(String(value))}</code>`).join(' ');
  return type === 'array' && items ? `list of ${typeHtml(items)}` : escapeHtml(String(type ?? 'any'));
}

const prose = (text = '') => escapeHtml(text).replace(/`([^`]+)`/g, '<code>$1</code>');
const escapeHtml = (text: string) =>
  text.replace(/[&<>"]/g, sign => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign] as string);
