import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { BackupPlan, BackupPlanRule, BackupResource, BackupVault } from 'aws-cdk-lib/aws-backup';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Schedule } from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import type { Environment } from './environments.ts';

const keptFor = Duration.days(35);

/**
 * Copies the registry (companies, keys, locations, printers) to a vault in another region, every six hours. Jobs are not
 * copied: one that was printed meanwhile would be printed again.
 */
export class RegistryCopy extends Construct {
  constructor(scope: Construct, registry: Table, vaultArn: string, { keepData }: Pick<Environment, 'keepData'>) {
    super(scope, 'RegistryCopy');
    const removalPolicy = keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    const backupVault = new BackupVault(this, 'vault', { removalPolicy });
    const rule = new BackupPlanRule({
      ruleName: 'registry',
      scheduleExpression: Schedule.cron({ minute: '0', hour: '0/6' }),
      deleteAfter: keptFor,
      copyActions: [
        {
          destinationBackupVault: BackupVault.fromBackupVaultArn(this, 'elsewhere', vaultArn),
          deleteAfter: keptFor,
        },
      ],
    });
    const plan = new BackupPlan(this, 'plan', { backupVault, backupPlanRules: [rule] });
    plan.addSelection('registry', { resources: [BackupResource.fromDynamoDbTable(registry)] });
  }
}
