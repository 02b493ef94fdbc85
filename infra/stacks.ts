import type { App } from 'aws-cdk-lib';
import { ConsoleStack } from './console-stack.ts';
import type { Environment } from './environments.ts';
import { FirewallStack } from './firewall-stack.ts';
import { ServiceStack } from './service-stack.ts';

/** The stacks of one environment: the service and, if configured, its console and its firewall. */
export function addStacks(app: App, name: string, environment: Environment, codeFolder: string): ServiceStack {
  const { account, region, domain, firewall, console } = environment;
  const service = new ServiceStack(app, { name, environment, env: { account, region }, codeFolder });
  if (console) {
    const { origins } = service;
    new ConsoleStack(app, { name, environment, console, origins, env: { account, region } });
  }
  if (!firewall) return service;
  if (!domain)
    throw new Error(`Environment ${name} has a firewall but no domain: set "domain" in infra/environments.ts.`);
  new FirewallStack(app, { name, environment, firewall, domain }).addStackDependency(service);
  return service;
}
