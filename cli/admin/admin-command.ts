import type { Company, Principal } from '../../shared/core/domain/company.ts';
import type { CompanyId } from '../../shared/core/domain/ids.ts';
import type { Ports } from '../../shared/core/ports/index.ts';
import { type Command, type Given, type Option, only, UsageError } from '../command.ts';
import { openDeployed, placeOptions } from '../deployed.ts';

/** What a command does with the stores of a deployed stack. */
export type Work = (ports: Ports, given: Given) => Promise<string[]>;

export const companyOption: Option = { value: 'ID', about: 'the company, as paths name it', isRequired: true };

/** A command on a deployed stack. Its adapters hold idle connections only, which end with the process. */
export function adminCommand(name: string, about: string, options: Record<string, Option>, run: Work): Command<Ports> {
  return {
    name: `admin ${name}`,
    about,
    options: { ...options, ...placeOptions },
    setup: openDeployed,
    run,
    cleanup: async () => undefined,
  };
}

export const companyIdOf = (given: Given) => only(given, 'company') as CompanyId;

/** The company that is there, or a word that it is not. */
export async function knownCompany({ registry }: Pick<Ports, 'registry'>, given: Given): Promise<Company> {
  const company = await registry.getCompany(companyIdOf(given));
  if (!company) throw new UsageError(`There is no company ${companyIdOf(given)}: make it with "admin company create".`);
  return company;
}

/** The deployer acts for a company as somebody with all of its rights. */
export const actingFor = (company: Company): Principal => ({
  companyId: company.companyId,
  scopes: ['print', 'admin'],
});
