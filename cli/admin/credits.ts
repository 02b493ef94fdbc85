import { numberOf, only } from '../command.ts';
import { adminCommand, companyOption, knownCompany, type Work } from './admin-command.ts';

const show: Work = async (ports, given) => {
  const { companyId } = await knownCompany(ports, given);
  const remaining = await ports.registry.remainingCredits(companyId);
  const line =
    remaining === undefined ? `Company ${companyId} has no limit.` : `Company ${companyId} has ${remaining} credits.`;
  return { json: { companyId, remaining: remaining ?? null }, lines: [line] };
};

const set: Work = async (ports, given) => {
  const { companyId } = await knownCompany(ports, given);
  const remaining = only(given, 'remaining') === 'unlimited' ? undefined : numberOf(given, 'remaining', 0);
  await ports.registry.setCredits(companyId, remaining);
  return await show(ports, given);
};

const company = { company: companyOption };

export const creditsCommands = [
  adminCommand({
    name: 'credits show',
    about: 'Shows the credits that conversions of a company may still use.',
    options: company,
    run: show,
  }),
  adminCommand({
    name: 'credits set',
    about: 'Sets the credits that conversions of a company may still use.',
    options: { ...company, remaining: { value: 'NUMBER', about: 'credits, or "unlimited"', isRequired: true } },
    run: set,
  }),
];
