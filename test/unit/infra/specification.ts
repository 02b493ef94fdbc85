import { loadAwsServiceSpecSync } from '@aws-cdk/aws-service-spec';
import type { Property, PropertyType, SpecDatabase, Resource as Specified } from '@aws-cdk/service-spec-types';
import { resourcesOf, type Template } from './template.ts';

/*
 * Checks a template against the CloudFormation specification: names of types, properties and attributes, required
 * properties, and value types. Values known only at deployment (`Ref` and the like) match every type, but must refer to
 * something that exists.
 */

let database: SpecDatabase | undefined;
const specification = () => {
  database ??= loadAwsServiceSpecSync();
  return database;
};

export const specifiedResource = (type: string): Specified | undefined =>
  specification().lookup('resource', 'cloudFormationType', 'equals', type)[0];

/** Everything in a template that the specification does not define or allow. */
export function againstSpecification(template: Template): string[] {
  return [...resourcesOf(template).flatMap(checkResource), ...references(template).flatMap(checkReference(template))];
}

function checkResource({ id, Type, properties }: ReturnType<typeof resourcesOf>[number]): string[] {
  const specified = specifiedResource(Type);
  if (!specified) return [`${id}: there is no ${Type}`];
  return checkProperties(id, properties, specified.properties);
}

function checkProperties(at: string, given: object, known: Record<string, Property>): string[] {
  const missing = Object.keys(known).filter(name => known[name]?.required && !(name in given));
  return [
    ...missing.map(name => `${at}.${name} is required`),
    ...Object.entries(given).flatMap(([name, value]) => {
      const property = known[name];
      return property ? checkValue(`${at}.${name}`, value, property) : [`${at}.${name} is unknown`];
    }),
  ];
}

/** Whether a value matches one of a property's types, past or present. */
function checkValue(at: string, value: unknown, { type, previousTypes = [] }: Property): string[] {
  const findings = [type, ...previousTypes].map(one => checkType(at, value, one));
  return findings.some(found => found.length === 0) ? [] : (findings[0] as string[]);
}

function checkType(at: string, value: unknown, type: PropertyType): string[] {
  if (isIntrinsic(value)) return [];
  switch (type.type) {
    case 'json':
      return [];
    case 'null':
      return value === null ? [] : [`${at} is not null`];
    case 'string':
      return checkScalar(at, value, type.allowedValues, typeof value === 'string', 'a string');
    case 'integer':
      return checkScalar(at, value, type.allowedValues, Number.isInteger(value), 'an integer');
    case 'number':
      return checkScalar(at, value, undefined, typeof value === 'number', 'a number');
    case 'boolean':
      return checkScalar(at, value, undefined, typeof value === 'boolean', 'a boolean');
    case 'date-time':
      return checkScalar(at, value, undefined, !Number.isNaN(Date.parse(String(value))), 'a time');
    case 'tag':
      return isObject(value) && 'Key' in value && 'Value' in value ? [] : [`${at} is not a tag`];
    case 'array':
      if (!Array.isArray(value)) return [`${at} is not a list`];
      return value.flatMap((item, index) => checkType(`${at}[${index}]`, item, type.element));
    case 'map':
      if (!isObject(value)) return [`${at} is not a map`];
      return Object.entries(value).flatMap(([name, item]) => checkType(`${at}.${name}`, item, type.element));
    case 'union': {
      const findings = type.types.map(one => checkType(at, value, one));
      return findings.some(found => found.length === 0) ? [] : (findings[0] as string[]);
    }
    case 'ref': {
      if (!isObject(value)) return [`${at} is not an object`];
      return checkProperties(at, value, specification().get('typeDefinition', type.reference).properties);
    }
  }
}

function checkScalar(
  at: string,
  value: unknown,
  allowed: unknown[] | undefined,
  fits: boolean,
  what: string,
): string[] {
  if (!fits) return [`${at} is not ${what}`];
  return allowed && !allowed.includes(value) ? [`${at} is not one of ${allowed.join(', ')}`] : [];
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A single `{ Ref: ... }` or `{ 'Fn::...': ... }`. */
function isIntrinsic(value: unknown): boolean {
  const names = isObject(value) ? Object.keys(value) : [];
  return names.length === 1 && (names[0] === 'Ref' || (names[0] as string).startsWith('Fn::'));
}

type Reference = { at: string; id: string; attribute?: string };

/** Everything in a template that refers to a resource or its attribute. */
function references(template: Template): Reference[] {
  const found: Reference[] = [];
  const walk = (at: string, value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) walk(at, item);
    if (!isObject(value)) return;
    for (const [name, part] of Object.entries(value)) {
      if (name === 'Ref') found.push({ at, id: part });
      else if (name === 'Fn::GetAtt') found.push({ at, id: part[0], attribute: part[1] });
      else walk(at, part);
    }
  };
  for (const { id, properties, DependsOn } of resourcesOf(template)) {
    walk(id, properties);
    walk(
      id,
      [DependsOn ?? []].flat().map(Ref => ({ Ref })),
    );
  }
  walk('Outputs', template.Outputs);
  return found;
}

/** Prefix of CloudFormation's pseudo parameters. */
const isPseudo = (id: string) => id.startsWith('AWS::');
/** Parameters that CDK adds to each template for its bootstrap. */
const isParameter = (id: string, template: Template) => id in ((template as { Parameters?: object }).Parameters ?? {});

const checkReference =
  (template: Template) =>
  ({ at, id, attribute }: Reference): string[] => {
    if (attribute === undefined && (isPseudo(id) || isParameter(id, template))) return [];
    const target = template.Resources[id];
    if (!target) return [`${at} names ${id}, which is not there`];
    const attributes = specifiedResource(target.Type)?.attributes ?? {};
    return attribute === undefined || attribute in attributes ? [] : [`${at} asks ${id} for ${attribute}`];
  };
