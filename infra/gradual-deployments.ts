import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { LambdaApplication, LambdaDeploymentConfig, LambdaDeploymentGroup } from 'aws-cdk-lib/aws-codedeploy';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Alias } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { FunctionName } from '../shared/protocol/service-table.ts';

/** Alarms that take back new code, besides the one for errors of its function. */
const whateverFunction = ['server-errors', 'failed-messages', 'poison-messages', 'failed-jobs'];

interface GradualDeploymentsProps {
  aliases: Map<FunctionName, Alias>;
  alarms: Map<string, Alarm>;
}

/**
 * New code gets a tenth of the calls for 15 minutes: an alarm on shares needs two periods of five. If one is raised,
 * CodeDeploy leads all calls to the version before, and CloudFormation rolls back.
 */
export class GradualDeployments extends Construct {
  constructor(scope: Construct, { aliases, alarms }: GradualDeploymentsProps) {
    super(scope, 'GradualDeployments');
    if (aliases.size === 0) return;
    const application = new LambdaApplication(this, 'application');
    const role = new Role(this, 'role', {
      assumedBy: new ServicePrincipal('codedeploy.amazonaws.com'),
      managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSCodeDeployRoleForLambdaLimited')],
    });
    for (const [name, alias] of aliases) {
      new LambdaDeploymentGroup(this, name, {
        application,
        role,
        alias,
        deploymentConfig: LambdaDeploymentConfig.CANARY_10PERCENT_15MINUTES,
        alarms: [`${name}-errors`, ...whateverFunction].map(id => alarms.get(id) as Alarm),
      });
    }
  }
}
