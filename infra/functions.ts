import { join } from 'node:path';
import { Duration, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import {
  Alias,
  Architecture,
  Code,
  type FunctionProps,
  type IFunction,
  Function as Lambda,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  TenancyConfig,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { renderVariables } from '../shared/protocol/config.ts';
import { type FunctionName, type FunctionRow, functions } from '../shared/protocol/service-table.ts';
import { keyStatements } from './data-key.ts';
import type { Environment } from './environments.ts';
import { grantsOf } from './grants.ts';
import { type Granted, statementsOf } from './statements.ts';

interface FunctionsProps {
  name: string;
  environment: Environment;
  dataKey?: Key;
  /** a folder for each function, as built by `npm run build` */
  codeFolder: string;
  granted: Omit<Granted, 'functions'>;
  /** of every function that has rights */
  variables: Record<string, string>;
  /** of all functions */
  commonVariables: Record<string, string>;
}

/** The bundled browser is built for x86-64 and unpacks itself and its profile to /tmp. */
const browserSettings = { architecture: Architecture.X86_64, ephemeralStorageSize: Size.gibibytes(2) };

/** Settings of functions that need more than numbers. */
const overrides: Partial<Record<FunctionName, Partial<FunctionProps>>> = {
  render: browserSettings,
  'render-large': browserSettings,
};

/** The functions in `functions/`, each with its own role. */
export class Functions extends Construct {
  readonly byName: Record<FunctionName, Lambda>;
  /** of the functions that are deployed gradually */
  readonly aliases: Map<FunctionName, Alias>;
  /** what calls lead to: the alias, or the function */
  readonly called: Record<FunctionName, IFunction>;
  readonly logGroups: Record<FunctionName, LogGroup>;

  constructor(scope: Construct, props: FunctionsProps) {
    super(scope, 'Functions');
    const { render: renderRow, 'render-large': largeRow, ...others } = functions;
    const rows = Object.entries(others) as [FunctionName, FunctionRow][];
    const logGroups = (Object.keys(functions) as FunctionName[]).map(name => [name, this.#logGroup(name, props)]);
    this.logGroups = Object.fromEntries(logGroups);
    const render = this.#makeRender('render', renderRow, props);
    const renderLarge = this.#makeRender('render-large', largeRow, props);
    const renders = { render, 'render-large': renderLarge };
    const granted = { ...props.granted, functions: renders };
    const made = rows.map(([name, row]) => [name, this.#make(name, row, { ...props, granted })]);
    this.byName = { ...renders, ...Object.fromEntries(made) };
    for (const [name] of rows) {
      if (!grantsOf(name).some(grant => grant.kind === 'function')) continue;
      this.byName[name].addEnvironment(renderVariables.name, render.functionName);
      this.byName[name].addEnvironment(renderVariables.largeName, renderLarge.functionName);
      this.byName[name].addEnvironment(renderVariables.isPerCompany, String(props.environment.renderPerCompany));
    }
    const { gradualDeployment } = props.environment;
    this.aliases = new Map(gradualDeployment.map(name => [name, this.#aliasOf(name)]));
    this.called = { ...this.byName, ...Object.fromEntries(this.aliases) };
  }

  #aliasOf(name: FunctionName): Alias {
    return new Alias(this, `${name}-live`, { aliasName: 'live', version: this.byName[name].currentVersion });
  }

  /** Customers' content is processed in this function, so it has no rights and no names of resources. */
  #makeRender(name: FunctionName, row: FunctionRow, props: FunctionsProps): Lambda {
    const { environment, commonVariables, granted } = props;
    const isolated = { tenancyConfig: environment.renderPerCompany ? TenancyConfig.PER_TENANT : undefined };
    const without = { ...props, granted: { ...granted, functions: {} }, variables: commonVariables };
    return this.#make(name, row, without, isolated);
  }

  #make(
    name: FunctionName,
    { timeoutSeconds, memoryMegabytes, codeOf = name }: FunctionRow,
    props: FunctionsProps & { granted: Granted },
    special: Partial<FunctionProps> = {},
  ): Lambda {
    const { environment, codeFolder, variables, commonVariables } = props;
    return new Lambda(this, name, {
      description: `Platen ${props.name}: ${name}`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: Code.fromAsset(join(codeFolder, codeOf)),
      handler: 'index.handler',
      timeout: Duration.seconds(timeoutSeconds),
      memorySize: memoryMegabytes,
      environment: { ...commonVariables, ...variables },
      logGroup: this.logGroups[name],
      // START, END and REPORT of each call would be most of the log; our own lines are JSON already
      loggingFormat: LoggingFormat.JSON,
      systemLogLevelV2: SystemLogLevel.WARN,
      role: this.#role(name, props),
      reservedConcurrentExecutions: environment.reservedConcurrency[name],
      ...overrides[name],
      ...special,
    });
  }

  #role(name: FunctionName, { granted, dataKey }: { granted: Granted; dataKey?: Key }): Role {
    const role = new Role(this, `${name}-role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    const stack = Stack.of(this);
    const grants = grantsOf(name);
    const statements = grants.flatMap(grant => statementsOf(stack, granted, grant));
    const logging = new PolicyStatement({
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [this.logGroups[name].logGroupArn],
    });
    for (const statement of [logging, ...statements, ...keyStatements(stack, dataKey, grants)])
      role.addToPolicy(statement);
    return role;
  }

  #logGroup(name: FunctionName, { name: stack, environment, dataKey }: FunctionsProps): LogGroup {
    return new LogGroup(this, `${name}-log`, {
      logGroupName: `/platen/${stack}/${name}`,
      encryptionKey: dataKey,
      retention: environment.logDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }
}
