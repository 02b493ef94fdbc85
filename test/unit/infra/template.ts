/** The parts of a CloudFormation template that the checks use. */
export interface Template {
  Resources: Record<string, Resource>;
  Outputs?: Record<string, { Value: unknown }>;
}

export interface Resource {
  Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: what a property holds is what the checks find out
  Properties?: Record<string, any>;
  DependsOn?: string | string[];
  DeletionPolicy?: string;
  UpdatePolicy?: { CodeDeployLambdaAliasUpdate?: { DeploymentGroupName: unknown } };
}

export type Named = Resource & { id: string; properties: NonNullable<Resource['Properties']> };

export function resourcesOf(template: Template, type?: string): Named[] {
  const all = Object.entries(template.Resources).map(([id, resource]) => ({
    ...resource,
    id,
    properties: resource.Properties ?? {},
  }));
  return type ? all.filter(resource => resource.Type === type) : all;
}

/** The resource that a `Ref` or `Fn::GetAtt` refers to. */
export function targetOf(value: unknown): string | undefined {
  const { Ref, 'Fn::GetAtt': attribute } = (value ?? {}) as { Ref?: string; 'Fn::GetAtt'?: [string, string] };
  return Ref ?? attribute?.[0];
}

/** A value as one line of text, with deployment-time values in angle brackets. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const join = (value as { 'Fn::Join'?: [string, unknown[]] })?.['Fn::Join'];
  if (join) return join[1].map(textOf).join(join[0]);
  const attribute = (value as { 'Fn::GetAtt'?: [string, string] })?.['Fn::GetAtt'];
  return attribute ? `<${attribute.join('.')}>` : `<${targetOf(value) ?? JSON.stringify(value)}>`;
}

export const listOf = (value: unknown): unknown[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value];
