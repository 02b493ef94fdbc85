import { RemovalPolicy, Stack, type StackProps, Tags, Validations } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  OriginRequestPolicy,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnLoggingConfiguration, CfnWebACL } from 'aws-cdk-lib/aws-wafv2';
import type { Construct } from 'constructs';
import { routes } from '../shared/contracts/index.ts';
import { originHeader } from '../shared/protocol/origin-header.ts';
import type { Environment } from './environments.ts';

interface FirewallStackProps extends StackProps {
  name: string;
  environment: Environment;
  firewall: NonNullable<Environment['firewall']>;
  domain: NonNullable<Environment['domain']>;
}

/** Per address within five minutes. A whole office may share an address, so this stops floods only. */
const requestsAtMost = 20_000;

/**
 * AWS WAF cannot protect an HTTP API directly, so CloudFront with the web ACL is in front of the API's domain. Both
 * must be in us-east-1, wherever the API is. Rules inspect addresses and never bodies: documents contain what such
 * rules look for.
 */
export class FirewallStack extends Stack {
  constructor(scope: Construct, { name, environment, firewall, domain, ...props }: FirewallStackProps) {
    super(scope, `platen-${name}-firewall`, { ...props, env: { account: environment.account, region: 'us-east-1' } });
    const rules = [
      managedRule(0, 'AWSManagedRulesAmazonIpReputationList'),
      {
        name: 'floods',
        priority: 1,
        action: { block: { customResponse: { responseCode: 429 } } },
        visibilityConfig: seenAs('floods'),
        statement: {
          rateBasedStatement: {
            limit: requestsAtMost,
            aggregateKeyType: 'IP',
            scopeDownStatement: { notStatement: { statement: isStatusPoll() } },
          },
        },
      },
    ];
    const acl = new CfnWebACL(this, 'acl', {
      scope: 'CLOUDFRONT',
      defaultAction: { allow: {} },
      rules,
      visibilityConfig: seenAs(`platen-${name}`),
    });
    this.#logBlocked(name, acl, environment);
    new Distribution(this, 'distribution', {
      comment: `Platen ${name}`,
      domainNames: [firewall.domainName],
      certificate: Certificate.fromCertificateArn(this, 'certificate', firewall.certificateArn),
      minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
      webAclId: acl.attrArn,
      defaultBehavior: {
        origin: new HttpOrigin(domain.name, { customHeaders: { [originHeader]: firewall.originSecret } }),
        allowedMethods: AllowedMethods.ALLOW_ALL,
        viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
        cachePolicy: CachePolicy.CACHING_DISABLED,
        originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
      },
    });
    for (const [key, value] of Object.entries(environment.tags)) Tags.of(this).add(key, value);
    Validations.of(this).acknowledge(
      { id: 'AwsSolutions-CFR1', reason: 'Clients print from every country.' },
      { id: 'AwsSolutions-CFR3', reason: 'API Gateway logs each request, without the path.' },
    );
  }

  /** The requests that the firewall refused, and no others. */
  #logBlocked(name: string, acl: CfnWebACL, { logDays }: Environment): void {
    // AWS WAF accepts names that begin so [AWS WAF, "Logging to CloudWatch Logs"]
    const log = new LogGroup(this, 'log', {
      logGroupName: `aws-waf-logs-platen-${name}`,
      retention: logDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const { partition, account, region } = this;
    new CfnLoggingConfiguration(this, 'logging', {
      resourceArn: acl.attrArn,
      logDestinationConfigs: [`arn:${partition}:logs:${region}:${account}:log-group:${log.logGroupName}`],
      loggingFilter: {
        DefaultBehavior: 'DROP',
        Filters: [
          { Behavior: 'KEEP', Requirement: 'MEETS_ANY', Conditions: [{ ActionCondition: { Action: 'BLOCK' } }] },
        ],
      },
    }).node.addDependency(log);
  }
}

const seenAs = (metricName: string): CfnWebACL.VisibilityConfigProperty => ({
  cloudWatchMetricsEnabled: true,
  sampledRequestsEnabled: false,
  metricName,
});

const managedRule = (priority: number, name: string): CfnWebACL.RuleProperty => ({
  name,
  priority,
  overrideAction: { none: {} },
  visibilityConfig: seenAs(name),
  statement: { managedRuleGroupStatement: { vendorName: 'AWS', name } },
});

/** Paths of status polling are not counted. */
function isStatusPoll(): CfnWebACL.StatementProperty {
  const polled = routes.filter(({ function: target }) => target === 'status');
  const beginnings = [...new Set(polled.map(({ path }) => path.replace(/\{.*$/, '').toLowerCase()))];
  const statements = beginnings.map(searchString => ({
    byteMatchStatement: {
      fieldToMatch: { uriPath: {} },
      positionalConstraint: 'STARTS_WITH',
      searchString,
      textTransformations: [{ priority: 0, type: 'LOWERCASE' }],
    },
  }));
  const [only] = statements;
  return statements.length === 1 && only ? only : { orStatement: { statements } };
}
