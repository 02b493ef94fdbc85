import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps, Tags, Validations } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  CachePolicy,
  Distribution,
  Function as EdgeFunction,
  FunctionCode,
  FunctionEventType,
  FunctionRuntime,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  ResponseHeadersPolicy,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { consolePath, contentSecurityPolicy } from '../console/bundle/policy.ts';
import type { Environment } from './environments.ts';

interface ConsoleStackProps extends StackProps {
  name: string;
  environment: Environment;
  console: NonNullable<Environment['console']>;
  /** where the browser sends its calls and documents */
  origins: { api: string; store: string };
}

/**
 * The web console: static files in a private bucket that only this distribution reads. The certificate has to be in
 * us-east-1; the stack may be in any region.
 */
export class ConsoleStack extends Stack {
  constructor(scope: Construct, props: ConsoleStackProps) {
    const { name, environment, console: settings, origins, ...stackProps } = props;
    super(scope, `platen-${name}-console`, stackProps);
    const bucket = new Bucket(this, 'bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    new Distribution(this, 'distribution', {
      comment: `Platen ${name}: console`,
      domainNames: [settings.domainName],
      certificate: Certificate.fromCertificateArn(this, 'certificate', settings.certificateArn),
      minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
      defaultBehavior: {
        origin: S3BucketOrigin.withOriginAccessControl(bucket),
        viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        cachePolicy: CachePolicy.CACHING_OPTIMIZED,
        responseHeadersPolicy: this.#headers(origins),
        functionAssociations: [{ eventType: FunctionEventType.VIEWER_REQUEST, function: this.#views() }],
      },
    });
    // `npm run deploy` puts the files there
    new CfnOutput(this, 'Bucket', { value: bucket.bucketName });
    new CfnOutput(this, 'Url', { value: `https://${settings.domainName}${consolePath}` });
    for (const [key, value] of Object.entries(environment.tags)) Tags.of(this).add(key, value);
    acknowledgeFindings(this);
  }

  #headers({ api, store }: ConsoleStackProps['origins']): ResponseHeadersPolicy {
    const contentSecurity = contentSecurityPolicy([api, store]);
    return new ResponseHeadersPolicy(this, 'headers', {
      securityHeadersBehavior: {
        contentSecurityPolicy: { contentSecurityPolicy: contentSecurity, override: true },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: HeadersFrameOption.DENY, override: true },
        referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override: true },
        strictTransportSecurity: { accessControlMaxAge: Duration.days(365), override: true },
      },
    });
  }

  /** As the one-machine server does: the root leads to the console, and addresses of views are answered with the page. */
  #views(): EdgeFunction {
    const code = `function handler(event) {
  var request = event.request;
  if (!request.uri.startsWith('${consolePath}')) {
    return { statusCode: 302, statusDescription: 'Found', headers: { location: { value: '${consolePath}' } } };
  }
  if (!request.uri.includes('.')) request.uri = '${consolePath}index.html';
  return request;
}`;
    return new EdgeFunction(this, 'views', {
      code: FunctionCode.fromInline(code),
      runtime: FunctionRuntime.JS_2_0,
    });
  }
}

function acknowledgeFindings(stack: Stack): void {
  const reasons: Record<string, string> = {
    'AwsSolutions-CFR1': 'People administer printing from every country.',
    'AwsSolutions-CFR2': 'The files are the same for everybody and contain no data; the API has the firewall.',
    'AwsSolutions-CFR3': 'The API logs what people do; requests for static files say nothing.',
    'AwsSolutions-S1': 'Only the distribution reads the bucket.',
  };
  for (const [id, reason] of Object.entries(reasons)) Validations.of(stack).acknowledge({ id, reason });
}
