import { only, UsageError } from '../command.ts';
import { adminCommand, companyOption, knownCompany, type Work } from './admin-command.ts';

const show: Work = async (ports, given) => {
  const { companyId } = await knownCompany(ports, given);
  const remaining = await ports.registry.remainingCredits(companyId);
  return [
    remaining === undefined ? `Company ${companyId} has no limit.` : `Company ${companyId} has ${remaining} credits.`,
  ];
};

const set: Work = async (ports, given) => {
  const { companyId } = await knownCompany(ports, given);
  const text = only(given, 'remaining');
  const remaining = text === 'unlimited' ? undefined : Number(text);
  if (remaining !== undefined && !(Number.isSafeInteger(remaining) && remaining >= 0)) {
    throw new UsageError('--remaining is a whole number from 0, or "unlimited".');
  }
  await ports.registry.setCredits(companyId, remaining);
  return await show(ports, given);
};

const company = { company: companyOption };

export const creditsCommands = [
  adminCommand('credits show', 'Shows what a company may still spend on conversions.', company, show),
  adminCommand(
    'credits set',
    'Sets what a company may still spend on conversions.',
    { ...company, remaining: { value: 'NUMBER', about: 'credits that are left, or "unlimited"', isRequired: true } },
    set,
  ),
];
