import { join } from 'node:path';
import { Duration, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as Lambda, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { type FunctionName, type FunctionRow, functions } from '../shared/protocol/service-table.ts';
import type { Environment } from './environments.ts';
import { grantsOf } from './grants.ts';
import { type Granted, statementsOf } from './statements.ts';

interface FunctionsProps {
  name: string;
  environment: Environment;
  /** a folder for each function, as built by `npm run build` */
  codeFolder: string;
  granted: Granted;
  variables: Record<string, string>;
}

/** Settings of functions that need more than numbers. */
const overrides: Partial<Record<FunctionName, { architecture: Architecture; ephemeralStorageSize: Size }>> = {
  // the bundled browser is built for x86-64 and unpacks itself and its profile to /tmp
  prepare: { architecture: Architecture.X86_64, ephemeralStorageSize: Size.gibibytes(2) },
  // the native image library is that of the machine that builds
  preview: { architecture: Architecture.X86_64, ephemeralStorageSize: Size.mebibytes(512) },
};

/** The functions in `functions/`, each with its own role. */
export class Functions extends Construct {
  readonly byName: Record<FunctionName, Lambda>;
  readonly logGroups: Record<FunctionName, LogGroup>;

  constructor(scope: Construct, props: FunctionsProps) {
    super(scope, 'Functions');
    const rows = Object.entries(functions) as [FunctionName, FunctionRow][];
    const logGroups = rows.map(([name]) => [name, this.#logGroup(name, props)]);
    this.logGroups = Object.fromEntries(logGroups);
    this.byName = Object.fromEntries(rows.map(([name, row]) => [name, this.#make(name, row, props)])) as Record<
      FunctionName,
      Lambda
    >;
  }

  #make(name: FunctionName, { timeoutSeconds, memoryMegabytes }: FunctionRow, props: FunctionsProps): Lambda {
    const { environment, codeFolder, variables } = props;
    return new Lambda(this, name, {
      description: `Platen ${props.name}: ${name}`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: Code.fromAsset(join(codeFolder, name)),
      handler: 'index.handler',
      timeout: Duration.seconds(timeoutSeconds),
      memorySize: memoryMegabytes,
      environment: variables,
      logGroup: this.logGroups[name],
      role: this.#role(name, props),
      reservedConcurrentExecutions: environment.reservedConcurrency[name],
      ...overrides[name],
    });
  }

  #role(name: FunctionName, { granted }: FunctionsProps): Role {
    const role = new Role(this, `${name}-role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    const statements = grantsOf(name).flatMap(grant => statementsOf(Stack.of(this), granted, grant));
    const logging = new PolicyStatement({
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [this.logGroups[name].logGroupArn],
    });
    for (const statement of [logging, ...statements]) role.addToPolicy(statement);
    return role;
  }

  #logGroup(name: FunctionName, { name: stack, environment }: FunctionsProps): LogGroup {
    return new LogGroup(this, `${name}-log`, {
      logGroupName: `/platen/${stack}/${name}`,
      retention: environment.logDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }
}
