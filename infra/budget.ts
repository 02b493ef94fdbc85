import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import type { Construct } from 'constructs';
import type { Environment } from './environments.ts';

/** Tells the operators when the month's forecast is above the budget of the environment, if it has one. */
export function makeBudget(scope: Construct, name: string, { monthlyBudget, alarmAddress }: Environment): void {
  if (monthlyBudget === undefined) return;
  if (!alarmAddress)
    throw new Error(`Environment ${name} has a monthlyBudget but no alarmAddress: set it in infra/environments.ts.`);
  new CfnBudget(scope, 'Budget', {
    budget: {
      budgetName: `platen-${name}`,
      budgetType: 'COST',
      timeUnit: 'MONTHLY',
      budgetLimit: { amount: monthlyBudget, unit: 'USD' },
      costFilters: { TagKeyValue: [`user:platen:environment$${name}`] },
    },
    notificationsWithSubscribers: [
      {
        notification: {
          notificationType: 'FORECASTED',
          comparisonOperator: 'GREATER_THAN',
          threshold: 100,
          thresholdType: 'PERCENTAGE',
        },
        subscribers: [{ subscriptionType: 'EMAIL', address: alarmAddress }],
      },
    ],
  });
}
