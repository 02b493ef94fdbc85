import { type TestPageLanguage, testPageLanguages } from '../../shared/core/domain/test-page.ts';
import { only } from '../command.ts';
import { countOf, tableOf, timeText } from '../table.ts';
import { userCommand } from './connection.ts';

export const placeCommands = [
  userCommand({
    name: 'printers',
    about: 'Lists printers and their states.',
    run: async client => {
      const printers = await client.printers();
      const rows = printers.map(({ printer, active, state, stateReasons, name }) => [
        ...[printer, active ? 'active' : 'inactive', [state, ...stateReasons].join(', '), name],
      ]);
      return { json: { printers }, lines: tableOf(['PRINTER', 'JOBS', 'STATE', 'NAME'], rows, 'No printers.') };
    },
  }),
  userCommand({
    name: 'printers test',
    about: 'Prints a test page: a job like any other.',
    operand: { name: 'printer', about: 'location:device' },
    options: {
      language: { value: 'NAME', about: 'the language of a raw printer (default: text)', among: testPageLanguages },
    },
    run: async (client, given) => {
      const language = given.language?.[0] as TestPageLanguage | undefined;
      const job = await client.printTestPage(only(given, 'printer'), { language });
      return { json: job, lines: [`${job.id}  ${job.printer}  ${job.summary}`] };
    },
  }),
  userCommand({
    name: 'printers identify',
    about: 'Has a printer show which one it is, by light or sound.',
    operand: { name: 'printer', about: 'location:device' },
    run: async (client, given) => {
      const { printer, actions } = await client.identifyPrinter(only(given, 'printer'));
      return {
        json: { printer, actions },
        lines: [`${printer} was asked: ${actions.join(', ') || 'in its usual way'}.`],
      };
    },
  }),
  userCommand({
    name: 'locations',
    about: 'Lists locations, and whether their relays are online.',
    run: async client => {
      const locations = await client.locations();
      const rows = locations.map(({ location, online, lastSeen, standby, name }) => [
        ...[location, wordOf({ online }), timeText(lastSeen), standby ? wordOf(standby) : '', name],
      ]);
      const head = ['LOCATION', 'RELAY', 'SINCE', 'STANDBY', 'NAME'];
      return { json: { locations }, lines: tableOf(head, rows, 'No locations.') };
    },
  }),
  userCommand({
    name: 'relays',
    about: 'Lists relays, and whether they are online.',
    run: async client => {
      const relays = await client.relays();
      const rows = relays.map(({ relay, location, role, since, online, lastSeen }) => [
        ...[relay, location, wordOf({ online }), timeText(lastSeen), role, since ? timeText(since) : ''],
      ]);
      const head = ['RELAY', 'LOCATION', 'STATE', 'SINCE', 'ROLE', 'SINCE'];
      return { json: { relays }, lines: tableOf(head, rows, 'No relays.') };
    },
  }),
  userCommand({
    name: 'doctor',
    about: 'Checks service, key, relays and printers, and says what is wrong. Exits with 1 when something is.',
    run: async client => {
      const [locations, printers] = [await client.locations(), await client.printers()];
      const offline = locations
        .filter(({ online }) => !online)
        .map(({ location }) => `The relay at ${location} is offline.`);
      const alone = locations
        .filter(({ standby }) => standby?.online === false)
        .map(({ location }) => `The standby at ${location} is offline.`);
      const faulty = printers.flatMap(({ printer, active, state, stateReasons }) => {
        if (!active) return [`${printer} is inactive and takes no jobs.`];
        const isWell = (state === 'idle' || state === 'processing') && stateReasons.length === 0;
        return isWell ? [] : [`${printer}: ${[state, ...stateReasons].join(', ')}.`];
      });
      const problems = [...offline, ...alone, ...faulty];
      if (problems.length > 0) process.exitCode = 1;
      const well = `All is well: the service answers, the key is good, ${countOf(locations.length, 'relay')} online, ${countOf(printers.length, 'printer')} ready.`;
      return { json: { problems }, lines: problems.length > 0 ? problems : [well] };
    },
  }),
];

const wordOf = ({ online }: { online: boolean }) => (online ? 'online' : 'offline');
