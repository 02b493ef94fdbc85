import { ArnFormat, Stack } from 'aws-cdk-lib';
import {
  HttpIntegrationType,
  HttpRouteIntegration,
  type HttpRouteIntegrationBindOptions,
  type HttpRouteIntegrationConfig,
  PayloadFormatVersion,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';

/**
 * Hands requests of any number of routes to a function, with one permission for all. CDK's own makes one a route, which
 * outgrows what a function's policy may hold; or one for the API that leaves out its default route, whose ARN ends in
 * `/$default/$default` and has no path [Amazon API Gateway, "Invoke your HTTP API's Lambda function"].
 */
export class LambdaProxy extends HttpRouteIntegration {
  readonly #lambda: Lambda;

  constructor(id: string, lambda: Lambda) {
    super(id);
    this.#lambda = lambda;
  }

  /** Called for the first of its routes. */
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
