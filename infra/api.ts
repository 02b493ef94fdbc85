import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  ApiMapping,
  CfnIntegration,
  type CfnStage,
  type CorsHttpMethod,
  DomainName,
  HttpApi,
  type HttpMethod,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  LogGroupLogDestination,
  SecurityPolicy,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { CfnPermission, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct, type IConstruct } from 'constructs';
import { routes } from '../shared/contracts/index.ts';
import { cors, type FunctionName } from '../shared/protocol/service-table.ts';
import type { Environment } from './environments.ts';
import { LambdaProxy } from './lambda-proxy.ts';

interface ApiProps {
  name: string;
  environment: Environment;
  dataKey?: Key;
  functions: Record<FunctionName, IFunction>;
}

/** Routes from the contracts' tables. Requests that match no route exactly go to `print`, which handles every route. */
export class Api extends Construct {
  readonly httpApi: HttpApi;
  readonly accessLog: LogGroup;
  /** public address of the API */
  readonly url: string;

  constructor(scope: Construct, { name, environment, dataKey, functions }: ApiProps) {
    super(scope, 'Api');
    const { domain, throttle, statusThrottle } = environment;
    this.httpApi = new HttpApi(this, 'http', {
      apiName: `platen-${name}`,
      createDefaultStage: false,
      disableExecuteApiEndpoint: domain !== undefined,
      corsPreflight: {
        allowOrigins: cors.allowOrigins,
        allowMethods: cors.allowMethods as CorsHttpMethod[],
        allowHeaders: cors.allowHeaders,
        exposeHeaders: cors.exposeHeaders,
        maxAge: Duration.seconds(cors.maxAgeSeconds),
      },
    });
    const made = this.#routes(functions);
    this.accessLog = new LogGroup(this, 'access-log', {
      // for other names API Gateway adds to a resource policy of CloudWatch Logs, which is full after some dozen APIs
      // [Amazon CloudWatch Logs, "Enabling logging from AWS services"]
      logGroupName: `/aws/vendedlogs/platen/${name}/access`,
      encryptionKey: dataKey,
      retention: environment.logDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const stage = new HttpStage(this, 'stage', {
      httpApi: this.httpApi,
      stageName: '$default',
      autoDeploy: true,
      accessLogSettings: { destination: new LogGroupLogDestination(this.accessLog), format: accessLogFormat },
    });
    const limitOf = (target: FunctionName) => {
      const { perSecond, burst } = target === 'status' ? statusThrottle : throttle;
      return { ThrottlingRateLimit: perSecond, ThrottlingBurstLimit: burst };
    };
    (stage.node.defaultChild as CfnStage).routeSettings = Object.fromEntries(
      made.map(({ key, function: target }) => [key, limitOf(target)]),
    );
    // when a route gets another function, the gateway may call it first
    const isKind = (type: typeof CfnPermission | typeof CfnIntegration) => (node: IConstruct) => node instanceof type;
    const permissions = this.node.findAll().filter(isKind(CfnPermission));
    for (const integration of this.node.findAll().filter(isKind(CfnIntegration))) {
      integration.node.addDependency(...permissions);
    }
    // API Gateway rejects stage settings of a route that does not exist yet
    stage.node.addDependency(...made.map(({ route }) => route));
    this.url = domain ? `https://${domain.name}` : this.httpApi.apiEndpoint;
    if (domain) this.#serveAt(domain, stage);
  }

  #routes(functions: Record<FunctionName, IFunction>) {
    const rows = routes.flatMap(({ methods, path, function: target }) =>
      methods.map(method => ({ routeKey: HttpRouteKey.with(path, method as HttpMethod), target })),
    );
    const all = [...rows, { routeKey: HttpRouteKey.DEFAULT, target: 'print' as FunctionName }];
    const integrations = new Map(all.map(({ target }) => [target, new LambdaProxy(target, functions[target])]));
    return all.map(({ routeKey, target }) => {
      const integration = integrations.get(target) as LambdaProxy;
      const route = new HttpRoute(this, routeKey.key, { httpApi: this.httpApi, routeKey, integration });
      return { key: routeKey.key, function: target, route };
    });
  }

  #serveAt({ name, certificateArn }: NonNullable<Environment['domain']>, stage: HttpStage): void {
    const domainName = new DomainName(this, 'domain', {
      domainName: name,
      certificate: Certificate.fromCertificateArn(this, 'certificate', certificateArn),
      securityPolicy: SecurityPolicy.TLS_1_2,
    });
    new ApiMapping(this, 'mapping', { api: this.httpApi, domainName, stage });
  }
}

/** Logs the route instead of the path: a path may contain a job id, which is the only secret of a download. */
const accessLogFormat = AccessLogFormat.custom(
  JSON.stringify({
    at: '$context.requestTime',
    requestId: '$context.requestId',
    route: '$context.routeKey',
    status: '$context.status',
    octets: '$context.responseLength',
    milliseconds: '$context.responseLatency',
    from: '$context.identity.sourceIp',
    refusedBecause: '$context.error.message',
    functionStatus: '$context.integrationStatus',
    functionError: '$context.integrationErrorMessage',
  }),
);
