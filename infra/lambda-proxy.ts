import { ArnFormat, Stack } from 'aws-cdk-lib';
import {
  HttpIntegrationType,
  HttpRouteIntegration,
  type HttpRouteIntegrationBindOptions,
  type HttpRouteIntegrationConfig,
  PayloadFormatVersion,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';

/**
 * Integrates any number of routes with a function, with a single permission. CDK's own integration adds one permission
 * a route, which exceeds the size limit of a function's policy; or one for the API, which omits the default route: its
 * ARN ends in `/$default/$default` and has no path [Amazon API Gateway, "Invoke your HTTP API's Lambda function"].
 */
export class LambdaProxy extends HttpRouteIntegration {
  readonly #lambda: IFunction;

  constructor(id: string, lambda: IFunction) {
    super(id);
    this.#lambda = lambda;
  }

  /** Called for the first of its routes only. */
  override bind({ route, scope }: HttpRouteIntegrationBindOptions): HttpRouteIntegrationConfig {
    this.#lambda.addPermission('api', {
      scope,
      principal: new ServicePrincipal('apigateway.amazonaws.com'),
      sourceArn: Stack.of(route).formatArn({
        service: 'execute-api',
        resource: route.httpApi.apiId,
        resourceName: '*/*',
        arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
      }),
    });
    return {
      type: HttpIntegrationType.AWS_PROXY,
      uri: this.#lambda.functionArn,
      payloadFormatVersion: PayloadFormatVersion.VERSION_2_0,
    };
  }
}
