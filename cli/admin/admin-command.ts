import type { Company, Principal } from '../../shared/core/domain/company.ts';
import { UsageError } from '../../shared/protocol/usage-error.ts';
import { type Answer, type Command, companyIdOf, type Given, type Option } from '../command.ts';
import type { AdminPorts } from './admin-ports.ts';
import { openPlace, placeOptions } from './place.ts';

/** Runs a command on the stores of an installation. */
export type Work = (ports: AdminPorts, given: Given) => Promise<Answer>;

export const companyOption: Option = { value: 'ID', about: 'the company, as paths name it', isRequired: true };

interface AdminCommand {
  name: string;
  aliases?: string[];
  about: string;
  options?: Record<string, Option>;
  run: Work;
}

/** A command on the stores of an installation, in AWS or on one machine. */
export function adminCommand({ name, options, ...command }: AdminCommand): Command<AdminPorts> {
  return {
    ...command,
    name: `admin ${name}`,
    options: { ...options, ...placeOptions, json: { about: 'print one JSON object' } },
    setup: openPlace,
    // AWS adapters have only idle connections, which close with the process
    cleanup: async ({ close }) => await close?.(),
  };
}

export async function knownCompany({ registry }: Pick<AdminPorts, 'registry'>, given: Given): Promise<Company> {
  const companyId = companyIdOf(given);
  const company = await registry.getCompany(companyId);
  if (!company) throw new UsageError(`Unknown company ${companyId}. Create it with "admin company create".`);
  return company;
}

/** The operator acts for a company with all rights. */
export const actingFor = (company: Company): Principal => ({
  companyId: company.companyId,
  scopes: ['print', 'admin'],
});

/** Milliseconds since 1970, as the commands' JSON has them. */
export const timeOrNull = (at: number | undefined) => (at === undefined ? null : new Date(at).toISOString());
