import { routes } from '../../../shared/contracts/index.ts';
import { functions } from '../../../shared/protocol/service-table.ts';
import { listOf, type Named, type Resource, resourcesOf, type Template, targetOf, textOf } from './template.ts';

/*
 * Rules for every template, in addition to the CloudFormation specification and cdk-nag. Each rule returns its findings
 * as sentences.
 */
type Rule = (template: Template, surroundings: { runbook: string }) => string[];

const visibilityFactor = 6;
/** [IAM quotas, role inline policy size] */
const inlinePolicyCharacters = 10_240;

export const rules = {
  'a queue hides messages six times as long as its function may take': template =>
    resourcesOf(template, 'AWS::Lambda::EventSourceMapping').flatMap(({ id, properties }) => {
      const queue = template.Resources[targetOf(properties.EventSourceArn) ?? ''];
      // a table's stream has no such time
      if (queue?.Type !== 'AWS::SQS::Queue') return [];
      const lambda = lambdaBehind(template, properties.FunctionName);
      const isLong =
        Number(queue?.Properties?.VisibilityTimeout) >= visibilityFactor * Number(lambda?.Properties?.Timeout);
      return isLong ? [] : [id];
    }),

  'a failed message goes back by itself and not with its batch': template =>
    resourcesOf(template, 'AWS::Lambda::EventSourceMapping')
      .filter(({ properties }) => !listOf(properties.FunctionResponseTypes).includes('ReportBatchItemFailures'))
      .map(({ id }) => id),

  'every queue has a dead-letter queue, or is one': template => {
    const dead = new Set(resourcesOf(template, 'AWS::SQS::Queue').map(deadLettersOf));
    return resourcesOf(template, 'AWS::SQS::Queue')
      .filter(queue => !deadLettersOf(queue) && !dead.has(queue.id))
      .map(({ id }) => id);
  },

  'first-in-first-out queues have dead-letter queues of their kind': template =>
    resourcesOf(template, 'AWS::SQS::Queue')
      .filter(queue => {
        const dead = template.Resources[deadLettersOf(queue) ?? ''];
        return dead && Boolean(dead.Properties?.FifoQueue) !== Boolean(queue.properties.FifoQueue);
      })
      .map(({ id }) => id),

  'tables declare the attributes of their keys and no others': template =>
    resourcesOf(template, 'AWS::DynamoDB::Table')
      .filter(({ properties }) => {
        const schemas = [properties, ...listOf(properties.GlobalSecondaryIndexes)] as Named['properties'][];
        const used = schemas.flatMap(({ KeySchema }) => listOf(KeySchema)).map(nameOf);
        const declared = listOf(properties.AttributeDefinitions).map(nameOf);
        return [...new Set(used)].sort().join() !== declared.sort().join();
      })
      .map(({ id }) => id),

  'grants name what they are about': template =>
    resourcesOf(template, 'AWS::IAM::Policy').flatMap(({ id, properties }) =>
      listOf(properties.PolicyDocument?.Statement).flatMap(statement => {
        const found = looseness(statement as Statement);
        return found ? [`${id}: ${found}`] : [];
      }),
    ),

  'actions without resource types are granted for every resource': template =>
    resourcesOf(template, 'AWS::IAM::Policy').flatMap(({ id, properties }) =>
      (listOf(properties.PolicyDocument?.Statement) as Statement[]).flatMap(({ Action, Resource }) => {
        const isForAll = listOf(Resource).includes('*');
        const vain = (listOf(Action) as string[]).filter(action => withoutResources.has(action) && !isForAll);
        return vain.map(action => `${id}: ${action}`);
      }),
    ),

  'the access log needs no resource policy': template =>
    resourcesOf(template, 'AWS::ApiGatewayV2::Stage').flatMap(({ properties }) => {
      const id = targetOf(properties.AccessLogSettings?.DestinationArn) ?? textOf(properties.AccessLogSettings);
      const name = textOf(template.Resources[/\w+/.exec(id)?.[0] ?? '']?.Properties?.LogGroupName);
      return name.startsWith('/aws/vendedlogs/') ? [] : [name];
    }),

  'a role fits into one inline policy': template => [
    ...resourcesOf(template, 'AWS::IAM::ManagedPolicy').map(({ id }) => `${id} holds what did not fit`),
    ...resourcesOf(template, 'AWS::IAM::Policy')
      .filter(({ properties }) => JSON.stringify(properties.PolicyDocument).length > inlinePolicyCharacters)
      .map(({ id }) => `${id} is too long`),
  ],

  'functions that process content may only log': template =>
    ['render', 'render-large'].flatMap(name => {
      const lambda = functionNamed(template, name);
      const role = targetOf(lambda?.properties.Role);
      const statements = resourcesOf(template, 'AWS::IAM::Policy')
        .filter(({ properties }) => listOf(properties.Roles).some(one => targetOf(one) === role))
        .flatMap(({ properties }) => listOf(properties.PolicyDocument?.Statement) as Statement[]);
      const granted = statements.flatMap(({ Action }) => listOf(Action) as string[]);
      const named = Object.keys(lambda?.properties.Environment?.Variables ?? {}).filter(name =>
        /TABLE|BUCKET|QUEUE|FUNCTION|POLICY/.test(name),
      );
      const managed = template.Resources[role ?? '']?.Properties?.ManagedPolicyArns ?? [];
      return [...granted.filter(action => !action.startsWith('logs:')), ...named, ...managed.map(textOf)];
    }),

  'a function knows the names of those that it may invoke': template => {
    const invoking = resourcesOf(template, 'AWS::IAM::Policy').flatMap(({ properties }) => {
      const statements = listOf(properties.PolicyDocument?.Statement) as Statement[];
      const invokes = statements.some(({ Action }) => listOf(Action).includes('lambda:InvokeFunction'));
      return invokes ? listOf(properties.Roles).map(targetOf) : [];
    });
    return resourcesOf(template, 'AWS::Lambda::Function')
      .filter(({ properties }) => {
        const { PLATEN_RENDER_FUNCTION: name, PLATEN_RENDER_LARGE_FUNCTION: largeName } =
          properties.Environment?.Variables ?? {};
        const mayInvoke = invoking.includes(targetOf(properties.Role));
        return [name, largeName].some(known => (known !== undefined) !== mayInvoke);
      })
      .map(({ id }) => id);
  },

  'rules hear relays of their environment only, and take no member for the sender': template =>
    resourcesOf(template, 'AWS::IoT::TopicRule').flatMap(({ id, properties }) => {
      const { Sql: sql } = properties.TopicRulePayload;
      const selects = /WHERE regexp_matches\((topic\(3\)|clientId), '\^\(platen-\w+-\)\?\[0-9a-f\]\{32\}\$'\)$/.test(
        sql,
      );
      const takesAll = /SELECT \*|, \*/.test(sql);
      return [...(selects ? [] : [`${id} has no WHERE`]), ...(takesAll ? [`${id} selects *`] : [])];
    }),

  'every function has a role of its own': template => {
    const roles = resourcesOf(template, 'AWS::Lambda::Function').map(({ properties }) => targetOf(properties.Role));
    return roles.filter((role, index) => roles.indexOf(role) !== index).map(String);
  },

  // the canary's pages are watched: none comes out of a function that fails
  'every function has alarms for errors and throttles': template =>
    resourcesOf(template, 'AWS::Lambda::Function').flatMap(({ id, properties }) =>
      (properties.Description.endsWith(': canary') ? [] : ['Errors', 'Throttles'])
        .filter(metric => !isWatched(template, metric, 'FunctionName', id))
        .map(m => `${id} ${m}`),
    ),

  'every queue has its alarm: for its age, or for standing there at all': template => {
    const dead = new Set(resourcesOf(template, 'AWS::SQS::Queue').map(deadLettersOf));
    return resourcesOf(template, 'AWS::SQS::Queue')
      .filter(({ id }) => {
        const metric = dead.has(id) ? 'ApproximateNumberOfMessagesVisible' : 'ApproximateAgeOfOldestMessage';
        return !isWatched(template, metric, 'QueueName', id);
      })
      .map(({ id }) => id);
  },

  'every alarm names a section of the runbook that is there': (template, { runbook }) => {
    const sections = new Set([...runbook.matchAll(/^## (.+)$/gm)].map(([, title]) => anchorOf(title as string)));
    return resourcesOf(template, 'AWS::CloudWatch::Alarm')
      .filter(({ properties }) => {
        const [, section] = /docs\/runbook\.md#([\w-]+)$/.exec(properties.AlarmDescription ?? '') ?? [];
        return !section || !sections.has(section);
      })
      .map(({ id }) => id);
  },

  'alarms may speak to their topic': template =>
    resourcesOf(template, 'AWS::SNS::Topic')
      .filter(({ id }) => {
        const policies = resourcesOf(template, 'AWS::SNS::TopicPolicy').filter(({ properties }) =>
          listOf(properties.Topics).some(topic => targetOf(topic) === id),
        );
        const statements = policies.flatMap(({ properties }) => listOf(properties.PolicyDocument.Statement));
        const lets = (statement: unknown) => JSON.stringify(statement).includes('cloudwatch.amazonaws.com');
        return statements.length > 0 && !statements.some(lets);
      })
      .map(({ id }) => id),

  'every route goes to its function, which lets the gateway call it': template => {
    const wanted = [
      ...routes.flatMap(({ methods, path, function: name }) => methods.map(method => [`${method} ${path}`, name])),
      ['$default', 'print'],
    ];
    return wanted.filter(([key, name]) => targetOfRoute(template, key as string) !== name).map(([key]) => String(key));
  },

  'every route has a throttle, status polling a higher one': template => {
    const keysOf = (isPolled: boolean) =>
      routes
        .filter(({ function: name }) => (name === 'status') === isPolled)
        .flatMap(({ methods, path }) => methods.map(method => `${method} ${path}`));
    return resourcesOf(template, 'AWS::ApiGatewayV2::Stage').flatMap(({ properties }) => {
      const rateOf = (key: string) => properties.RouteSettings?.[key]?.ThrottlingRateLimit ?? 0;
      const usual = rateOf('$default');
      return [
        ...['$default', ...keysOf(false)].filter(key => rateOf(key) === 0),
        ...keysOf(true).filter(key => rateOf(key) <= usual),
      ];
    });
  },

  'tables and indexes have a ceiling': template =>
    resourcesOf(template, 'AWS::DynamoDB::Table').flatMap(({ id, properties }) =>
      [properties, ...(listOf(properties.GlobalSecondaryIndexes) as Named['properties'][])]
        .filter(({ OnDemandThroughput }) => !(OnDemandThroughput?.MaxWriteRequestUnits > 0))
        .map(({ IndexName }) => `${id} ${IndexName ?? ''}`),
    ),

  'functions log no more than their own lines': template =>
    resourcesOf(template, 'AWS::Lambda::Function')
      .filter(({ properties }) => properties.LoggingConfig?.SystemLogLevel !== 'WARN')
      .map(({ id }) => id),

  'an alias is shifted gradually, and back when its function or the API fails': template =>
    resourcesOf(template, 'AWS::Lambda::Alias').flatMap(({ id, properties, UpdatePolicy }) => {
      const { DeploymentGroupName: group } = UpdatePolicy?.CodeDeployLambdaAliasUpdate ?? {};
      const { AlarmConfiguration, AutoRollbackConfiguration } =
        template.Resources[targetOf(group) ?? '']?.Properties ?? {};
      const sections = listOf(AlarmConfiguration?.Alarms).map(alarm => {
        const { properties } =
          resourcesOf(template).find(found => found.id === targetOf((alarm as Alarmed).Name)) ?? {};
        return [properties?.AlarmDescription?.split('#')[1], JSON.stringify(properties)];
      });
      const lambda = targetOf(properties.FunctionName) as string;
      const isWatched = sections.some(([section, text]) => section === 'function-errors' && text.includes(lambda));
      return [
        ...(isWatched ? [] : [`${id}: errors of the function`]),
        ...(sections.some(([section]) => section === 'server-errors') ? [] : [`${id}: server errors`]),
        ...(listOf(AutoRollbackConfiguration?.Events).includes('DEPLOYMENT_STOP_ON_ALARM') ? [] : [`${id} stays`]),
      ];
    }),

  'logs do not stay for ever': template =>
    resourcesOf(template, 'AWS::Logs::LogGroup')
      .filter(({ properties }) => !properties.RetentionInDays)
      .map(({ id }) => id),
} satisfies Record<string, Rule>;

interface Alarmed {
  Name: unknown;
}

interface Statement {
  Effect: string;
  Action: unknown;
  Resource: unknown;
  Condition?: unknown;
}

/** Actions without resource types: only `*` grants them [Service Authorization Reference]. */
const withoutResources = new Set([
  'iot:CreateCertificateFromCsr',
  'iot:DescribeEndpoint',
  'iot:AttachThingPrincipal',
  'iot:DetachThingPrincipal',
  'iot:ListThingPrincipals',
  'dynamodb:ListStreams',
]);
/** `*` is allowed within a key, topic, thing or certificate, after a specific prefix. */
const patterns = [
  /^<\w+\.Arn>\/[\w/*]+$/,
  /:topic\/platen\/relays\/platen-\w+-\*\/down$/,
  /:thing\/platen-\w+-\*$/,
  /:cert\/\*$/,
];

function looseness(statement: Statement): string | undefined {
  const actions = listOf(statement.Action) as string[];
  const resources = listOf(statement.Resource).map(textOf);
  const wide = actions.find(action => action.includes('*'));
  if (wide) return wide;
  const loose = resources.filter(resource => resource.includes('*'));
  const bad = loose.find(resource =>
    resource === '*'
      ? !actions.every(action => withoutResources.has(action))
      : !patterns.some(pattern => pattern.test(resource)),
  );
  if (bad) return bad;
  const onItems = actions.some(action => action.startsWith('dynamodb:') && action !== 'dynamodb:ListStreams');
  const isOfIndex = resources.every(resource => resource.includes('/index/') || resource.includes('.StreamArn'));
  if (onItems && !isOfIndex && !JSON.stringify(statement.Condition ?? '').includes('dynamodb:LeadingKeys')) {
    return `any item of ${resources.join()}`;
  }
  return undefined;
}

/** The description of each function ends in its name. */
const functionNamed = (template: Template, name: string): Named | undefined =>
  resourcesOf(template, 'AWS::Lambda::Function').find(({ properties }) =>
    properties.Description?.endsWith(`: ${name}`),
  );

const nameOf = (attribute: unknown) => (attribute as { AttributeName: string }).AttributeName;
const deadLettersOf = ({ properties }: Named) => targetOf(properties.RedrivePolicy?.deadLetterTargetArn);

function isWatched(template: Template, metric: string, dimension: string, id: string): boolean {
  const metricsOf = ({ properties }: Named) => [
    properties,
    ...listOf(properties.Metrics).map(one => {
      const { Metric } = (one as { MetricStat?: { Metric: Named['properties'] } }).MetricStat ?? {};
      return Metric ?? {};
    }),
  ];
  return resourcesOf(template, 'AWS::CloudWatch::Alarm')
    .flatMap(metricsOf)
    .some(
      (properties: Named['properties']) =>
        properties.MetricName === metric &&
        listOf(properties.Dimensions).some(given => {
          const { Name, Value } = given as { Name: string; Value: unknown };
          return Name === dimension && targetOf(Value) === id;
        }),
    );
}

/** Anchors as GitHub generates them from headings. */
const anchorOf = (title: string) =>
  title
    .toLowerCase()
    .replace(/[^\w -]/g, '')
    .replaceAll(' ', '-');

/** A function, by a reference to it, to its alias, or by the part of the alias's ARN that is its name. */
function lambdaBehind(template: Template, reference: unknown): Resource | undefined {
  const [, within] = /"Ref":"(\w+)"/.exec(JSON.stringify(reference)) ?? [];
  const found = template.Resources[targetOf(reference) ?? within ?? ''];
  return found?.Type === 'AWS::Lambda::Alias' ? lambdaBehind(template, found.Properties?.FunctionName) : found;
}

/** The function behind a route, if the gateway may invoke it. */
function targetOfRoute(template: Template, key: string): string | undefined {
  const route = resourcesOf(template, 'AWS::ApiGatewayV2::Route').find(({ properties }) => properties.RouteKey === key);
  const [, integrationId] = /<(\w+)>$/.exec(textOf(route?.properties.Target)) ?? [];
  const integration = template.Resources[integrationId ?? ''];
  const calledId = targetOf(integration?.Properties?.IntegrationUri);
  const isAllowed = resourcesOf(template, 'AWS::Lambda::Permission').some(
    ({ properties }) => targetOf(properties.FunctionName) === calledId && covers(textOf(properties.SourceArn), key),
  );
  const lambda = lambdaBehind(template, integration?.Properties?.IntegrationUri);
  const names = Object.keys(functions);
  return isAllowed ? names.find(name => lambda?.Properties?.Description?.endsWith(`: ${name}`)) : undefined;
}

/** Whether a permission covers a route: `*` in an ARN also matches slashes. */
function covers(sourceArn: string, key: string): boolean {
  const [, pattern] = /:<\w+>\/(.*)$/.exec(sourceArn) ?? [];
  const called = key === '$default' ? '$default/$default' : `$default/${key.replace(' ', '')}`;
  const escaped = (pattern ?? '').replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
  return new RegExp(`^${escaped}$`).test(called);
}
