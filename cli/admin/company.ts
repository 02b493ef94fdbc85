import { isNameInPath } from '../../shared/core/domain/printer.ts';
import { only, UsageError } from '../command.ts';
import { adminCommand, companyIdOf, companyOption, knownCompany, type Work } from './admin-command.ts';

const create: Work = async ({ registry }, given) => {
  const companyId = companyIdOf(given);
  if (!isNameInPath(companyId)) {
    throw new UsageError('A company’s id has 1 to 64 characters and none of : ; / \\ ? #.');
  }
  const name = given.name?.[0] ?? companyId;
  const outcome = await registry.saveCompany({ companyId, name, active: true, version: 0 });
  if ('conflict' in outcome) throw new UsageError(`There is a company ${companyId} already.`);
  return [`Company ${companyId} is there. Next: "admin key create".`];
};

const show: Work = async (ports, given) => {
  const { companyId, name, active } = await knownCompany(ports, given);
  return [`${companyId}  ${name}  ${active ? 'active' : 'inactive'}`];
};

/** An inactive company's keys are refused, its jobs go on. */
const setActive =
  (active: boolean): Work =>
  async (ports, given) => {
    const company = await knownCompany(ports, given);
    const outcome = await ports.registry.saveCompany({ ...company, active });
    if ('conflict' in outcome) throw new UsageError('Somebody changed the company just now. Try again.');
    return [`Company ${only(given, 'company')} is ${active ? 'active' : 'inactive; its keys are refused'}.`];
  };

/** What conversions may cost before they are refused; a company that nobody set a limit for has none. */
const credits: Work = async (ports, given) => {
  const { companyId } = await knownCompany(ports, given);
  const wanted = given.remaining?.[0];
  if (wanted !== undefined && !/^\d+$/.test(wanted)) throw new UsageError('--remaining is a whole number.');
  if (wanted !== undefined) await ports.registry.setCredits(companyId, Number(wanted));
  const remaining = await ports.registry.remainingCredits(companyId);
  return [`Company ${companyId} has ${remaining === undefined ? 'no limit' : `${remaining} credits left`}.`];
};

const company = { company: companyOption };

export const companyCommands = [
  adminCommand(
    'company create',
    'Makes a company: what it has, no other company sees.',
    { ...company, name: { value: 'TEXT', about: 'what people call it' } },
    create,
  ),
  adminCommand('company show', 'Shows a company.', company, show),
  adminCommand('company activate', 'Lets a company’s keys in again.', company, setActive(true)),
  adminCommand(
    'company credits',
    'Shows, or sets, what a company may still spend on conversions.',
    { ...company, remaining: { value: 'NUMBER', about: 'the credits that it has from now on' } },
    credits,
  ),
  adminCommand('company deactivate', 'Refuses all keys of a company, within half a minute.', company, setActive(false)),
];
