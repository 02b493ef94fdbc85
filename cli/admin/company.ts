import type { Company } from '../../shared/core/domain/company.ts';
import { isNameInPath } from '../../shared/core/domain/printer.ts';
import { defaultUploadQuota } from '../../shared/core/domain/upload-quota.ts';
import { UsageError } from '../../shared/protocol/usage-error.ts';
import { companyIdOf, type Given, numberOf } from '../command.ts';
import { adminCommand, companyOption, knownCompany, type Work } from './admin-command.ts';
import type { AdminPorts } from './admin-ports.ts';
import { eraseCommand } from './erase.ts';

const create: Work = async ({ registry }, given) => {
  const companyId = companyIdOf(given);
  if (!isNameInPath(companyId)) {
    throw new UsageError(`--company ${companyId}: an id has 1 to 64 characters and none of : ; / \\ ? #.`);
  }
  const name = given.name?.[0] ?? companyId;
  const outcome = await registry.saveCompany({ companyId, name, active: true, ...quotasIn(given), version: 0 });
  if ('saved' in outcome) return shown(outcome.saved, `Company ${companyId} was created. Next: "admin key create".`);
  // idempotent
  if (outcome.conflict?.name === name) return shown(outcome.conflict, `Company ${companyId} exists already.`);
  throw new UsageError(`Company ${companyId} exists already, with the name "${outcome.conflict?.name}".`);
};

const list: Work = async ({ registry }) => {
  const companies = await registry.listCompanies();
  return { json: { companies: companies.map(jsonOf) }, lines: companies.map(lineOf) };
};

const show: Work = async (ports, given) => {
  const company = await knownCompany(ports, given);
  return shown(company, lineOf(company));
};

const set: Work = async (ports, given) => {
  const company = await change(ports, given, stored => {
    const { uploadQuota, ...quotas } = quotasIn(given);
    const name = given.name?.[0] ?? stored.name;
    return { ...stored, ...quotas, name, uploadQuota: { ...stored.uploadQuota, ...uploadQuota } };
  });
  return shown(company, lineOf(company));
};

/** The keys of an inactive company are refused; its jobs continue. */
const setActive =
  (active: boolean): Work =>
  async (ports, given) => {
    const company = await change(ports, given, stored => ({ ...stored, active }));
    return shown(company, `Company ${company.companyId} is ${active ? 'active' : 'inactive; its keys are refused'}.`);
  };

/** The same as `admin credits`, under its name in release 0.1.0. */
const credits: Work = async (ports, given) => {
  const { companyId } = await knownCompany(ports, given);
  const wanted = numberOf(given, 'remaining', 0);
  if (wanted !== undefined) await ports.registry.setCredits(companyId, wanted);
  const remaining = await ports.registry.remainingCredits(companyId);
  const line = `Company ${companyId} has ${remaining === undefined ? 'no limit' : `${remaining} credits left`}.`;
  return { json: { companyId, remaining: remaining ?? null }, lines: [line] };
};

async function change(ports: AdminPorts, given: Given, changed: (company: Company) => Company): Promise<Company> {
  const outcome = await ports.registry.saveCompany(changed(await knownCompany(ports, given)));
  if ('saved' in outcome) return outcome.saved;
  throw new UsageError('The company was changed by another process at the same time. Try again.');
}

type Quotas = Pick<Company, 'uploadQuota' | (typeof limits)[number]>;
/** Quotas without a default. */
const limits = ['jobsPerDay', 'storedOctets'] as const;
const quotaNames = [...Object.keys(defaultUploadQuota), ...limits];

/** `--quota documentOctets=1048576`, by the names of the quotas themselves. */
function quotasIn(given: Given): Quotas {
  if (!given.quota?.length) return {};
  const entries = given.quota.map(quotaEntry);
  const isLimit = ([name]: [string, number]) => (limits as readonly string[]).includes(name);
  const uploadQuota = Object.fromEntries(entries.filter(entry => !isLimit(entry)));
  return { ...Object.fromEntries(entries.filter(isLimit)), uploadQuota };
}

function quotaEntry(text: string): [string, number] {
  const [, name = '', value = ''] = /^(\w+)=(\d{1,15})$/.exec(text) ?? [];
  if (quotaNames.includes(name)) return [name, Number(value)];
  throw new UsageError(`--quota ${text}: use NAME=NUMBER. Names are ${quotaNames.join(', ')}.`);
}

const jsonOf = ({ companyId, name, active, uploadQuota, ...quotas }: Company) => ({
  companyId,
  name,
  active,
  quota: {
    ...defaultUploadQuota,
    ...uploadQuota,
    ...Object.fromEntries(limits.map(limit => [limit, quotas[limit] ?? null])),
  },
});
const lineOf = ({ companyId, name, active }: Company) => `${companyId}  ${name}  ${active ? 'active' : 'inactive'}`;
const shown = (company: Company, line: string) => ({ json: jsonOf(company), lines: [line] });

const company = { company: companyOption };
const name = { value: 'TEXT', about: 'the name that people see' };
const quota = { value: 'NAME=NUMBER', about: quotaNames.join(', '), isMany: true };

export const companyCommands = [
  adminCommand({
    name: 'company create',
    about: 'Creates a company. Other companies cannot see its data.',
    options: { ...company, name, quota },
    run: create,
  }),
  adminCommand({ name: 'company list', about: 'Lists all companies.', run: list }),
  adminCommand({ name: 'company show', about: 'Shows a company.', options: company, run: show }),
  adminCommand({
    name: 'company set',
    about: 'Changes a company’s name or quotas.',
    options: { ...company, name, quota },
    run: set,
  }),
  adminCommand({
    name: 'company activate',
    about: 'Accepts a company’s keys again.',
    options: company,
    run: setActive(true),
  }),
  adminCommand({
    name: 'company deactivate',
    about: 'Refuses all keys of a company, within half a minute.',
    options: company,
    run: setActive(false),
  }),
  adminCommand({
    name: 'company credits',
    about: 'Shows, or sets, the credits that conversions of a company may still use.',
    options: { ...company, remaining: { value: 'NUMBER', about: 'the new number of credits' } },
    run: credits,
  }),
  eraseCommand,
];
