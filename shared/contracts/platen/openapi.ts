import * as z from 'zod';
import { version } from '../../protocol/version.ts';
import * as answers from './answers.ts';
import type { DescribedRoute, Made, Operation } from './operation.ts';

/** The OpenAPI 3.1 document of the routes, generated from the schemas that parse requests and check responses. */

type Json = Record<string, unknown>;

const named = Object.values(answers);
const reference = (id: string) => `#/components/schemas/${id}`;

export function openApiOf(routes: DescribedRoute[]): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    for (const method of route.methods) {
      paths[route.path] = { ...paths[route.path], [method.toLowerCase()]: operationOf(route, routes) };
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Platen',
      version,
      description:
        'Cloud printing that you run yourself: a job comes out exactly once, or the system says that it does not know.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }, { apiKey: [] }],
    paths,
    components: {
      schemas: componentSchemas(),
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
      },
    },
  };
}

const problem = {
  description: 'A problem [RFC 9457]; `code` is one of the error catalogue.',
  content: { 'application/problem+json': { schema: { $ref: reference('Problem') } } },
};

/** The statuses of refusals: of a key, of what the path names, of a body, and of a server that is busy or full. */
function problemStatuses({ path, methods, access, operation }: DescribedRoute): number[] {
  const isChange = !methods.includes('GET');
  return [
    ...(access === 'anyone' ? [] : [401, 403]),
    ...(path.includes('{') || operation.body ? [404] : []),
    ...(operation.body || operation.query || path.includes('{') ? [400] : []),
    ...(isChange ? [409] : []),
    ...(operation.body ? [413, 415, 422] : []),
    ...(operation.body && isChange ? [402, 507] : []),
    ...[429, 500, 503],
    ...(operation.refusals ?? []),
  ].toSorted();
}

function linksOf({ parameter, pointer }: Made, routes: DescribedRoute[]): Json {
  const onIt = routes.filter(({ path }) => path.includes(`{${parameter}}`));
  const parameters = { [parameter]: `$response.body#${pointer}` };
  return Object.fromEntries(onIt.map(({ operation: { id } }) => [id, { operationId: id, parameters }]));
}

function operationOf(route: DescribedRoute, routes: DescribedRoute[]): Json {
  const { path, access, operation } = route;
  const { id, summary, description, isIdempotent, query, answer, alternative, makes } = operation;
  const inPath = Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const key = { name: 'Idempotency-Key', in: 'header', schema: { type: 'string' }, description: idempotency };
  const content = answer.schema
    ? { 'application/json': { schema: { $ref: reference(z.globalRegistry.get(answer.schema)?.id as string) } } }
    : { [answer.type as string]: {} };
  const links = makes ? { links: linksOf(makes, routes) } : {};
  return {
    operationId: id,
    summary,
    ...(description ? { description } : {}),
    ...(access === 'anyone' ? { security: [] } : { 'x-scope': access }),
    parameters: [...inPath, ...(query ? parametersOf(query) : []), ...(isIdempotent ? [key] : [])],
    ...requestBodyOf(operation),
    responses: {
      [answer.status]: {
        description: summary,
        headers: { 'Request-Id': { schema: { type: 'string' } } },
        content,
        ...links,
      },
      ...(alternative ? { [alternative.status]: alternativeOf(alternative) } : {}),
      ...Object.fromEntries(problemStatuses(route).map(status => [status, problem])),
    },
  };
}

function alternativeOf({ schema }: NonNullable<Operation['alternative']>): Json {
  const headers = { 'Request-Id': { schema: { type: 'string' } } };
  if (!schema) return { description: 'The document is at another address.', headers };
  const { id } = z.globalRegistry.get(schema) as { id: string };
  return { description: id, headers, content: { 'application/json': { schema: { $ref: reference(id) } } } };
}

const idempotency = 'For a day, the same request with the same key returns the same jobs.';

function requestBodyOf({ body, isBodyOptional, takesOctets }: Operation): Json {
  if (!body) return {};
  const octets = takesOctets ? { 'application/octet-stream': {} } : {};
  const content = { 'application/json': { schema: plainSchema(body, 'input') }, ...octets };
  return { requestBody: { required: !isBodyOptional, content } };
}

function parametersOf(query: z.ZodObject): Json[] {
  const { properties = {}, required = [] } = plainSchema(query, 'input') as { properties?: Json; required?: string[] };
  return Object.entries(properties).map(([name, schema]) => {
    const { description, ...rest } = schema as Json;
    return { name, in: 'query', required: required.includes(name), description, schema: rest };
  });
}

function plainSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _dialect, ...plain } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return plain;
}

/** Each response has its own name; nested schemas become references. */
function componentSchemas(): Json {
  const registry = z.registry<{ id: string }>();
  for (const schema of named) registry.add(schema, { id: z.globalRegistry.get(schema)?.id as string });
  const { schemas } = z.toJSONSchema(registry, { uri: reference, io: 'output' });
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $schema: _dialect, $id: _id, id: _name, ...schema }]) => [id, schema]),
  );
}
