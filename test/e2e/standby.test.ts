import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { TcpProxy } from '../../doubles/faults/tcp-proxy.ts';
import { Machine, until } from '../../doubles/machine.ts';
import { type SocketSink, startSocketSink } from '../../doubles/socket-sink.ts';

/*
 * Two relay processes at the location `shop` with one raw printer, which cannot be asked what it has printed. Its paper is
 * the judge.
 */

interface Identity {
  relayId: string;
  mqtt: { port: number };
}

/** A relay's process, which can be killed and started again on its folder. */
class SiteRelay {
  readonly data: string;
  readonly #printer: SocketSink;
  readonly #args: string[];
  #process: ChildProcess | undefined;
  output = '';

  private constructor(data: string, printer: SocketSink, args: string[]) {
    this.data = data;
    this.#printer = printer;
    this.#args = args;
  }

  static async make(machine: Machine, printer: SocketSink, code: string): Promise<SiteRelay> {
    const data = await mkdtemp(join(tmpdir(), 'platen-relay-'));
    const relay = new SiteRelay(data, printer, ['--enrol', machine.facts.endpoint, '--code', code]);
    onTestFinished(async () => {
      await relay.kill();
      await rm(data, { recursive: true, force: true });
    });
    return relay;
  }

  start(...more: string[]): void {
    const own = ['--data', this.data, '--status-port', '0', '--printer', `label=${this.#printer.uri}`];
    const args = ['relay/main.ts', ...own, ...this.#args, ...more];
    this.#process = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#process.stderr?.on('data', chunk => {
      this.output += chunk;
    });
  }

  async kill(): Promise<void> {
    const ending = this.#process;
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return;
    const exited = once(ending, 'exit');
    ending.kill('SIGKILL');
    await exited;
  }

  get identity(): Promise<Identity> {
    return readFile(join(this.data, 'identity.json'), 'utf8').then(JSON.parse);
  }
}

interface Place {
  relay: string;
  online: boolean;
  standby?: { relay: string; online: boolean };
}

class Shop {
  readonly machine: Machine;
  readonly printer: SocketSink;
  readonly jobs = new Map<string, string>();

  constructor(machine: Machine, printer: SocketSink) {
    this.machine = machine;
    this.printer = printer;
  }

  static async open(): Promise<Shop> {
    const machine = await Machine.make();
    onTestFinished(() => machine.remove());
    await machine.start();
    const printer = await startSocketSink();
    onTestFinished(() => printer.stop());
    const shop = new Shop(machine, printer);
    await shop.json('PUT', '/platen/v1/locations/shop', {});
    await shop.json('PATCH', '/platen/v1/printers/shop:label', { active: true });
    return shop;
  }

  async json<T>(method: string, path: string, body?: object): Promise<T> {
    const headers = { 'content-type': 'application/json' };
    const answer = await this.machine.call(method, path, body && JSON.stringify(body), headers);
    return (await answer.json()) as T;
  }

  async invite(body: object): Promise<SiteRelay> {
    const { code } = await this.json<{ code: string }>('POST', '/platen/v1/locations/shop/enrolment-codes', body);
    return await SiteRelay.make(this.machine, this.printer, code);
  }

  place = () => this.json<Place>('GET', '/platen/v1/locations/shop');

  async submit(text: string): Promise<void> {
    this.jobs.set(text, await this.machine.text('PUT', '/api/putfile?targets=shop:label&title=page', text));
  }

  async reasonsOf(text: string): Promise<string[]> {
    const job = await this.json<{ reasons: string[] }>('GET', `/platen/v1/jobs/${this.jobs.get(text)}`);
    return job.reasons;
  }

  isPrinted = async (text: string) => (await this.reasonsOf(text)).includes('job-completed-successfully');

  papersOf = (text: string) => this.printer.connections.filter(({ document }) => document.toString() === text).length;
}

test('a relay is killed in the middle of jobs: the standby prints the rest, and each page comes out once', async () => {
  const shop = await Shop.open();
  const first = await shop.invite({});
  first.start();
  await until(async () => (await shop.place()).online);
  const second = await shop.invite({ standby: true, takeOverSeconds: 5 });
  second.start();
  await until(async () => (await shop.place()).standby?.online);
  await until(() => second.output.includes('relay-is-standby'));
  const [{ relayId: firstId }, { relayId: secondId }] = [await first.identity, await second.identity];
  expect(await shop.place()).toMatchObject({ relay: firstId, standby: { relay: secondId } });

  // the second page is at the printer, which does not end the connection
  await shop.submit('page 1');
  await until(() => shop.isPrinted('page 1'));
  shop.printer.traps.noFin = true;
  for (const number of [2, 3, 4, 5, 6]) await shop.submit(`page ${number}`);
  await until(() => shop.papersOf('page 2') === 1);
  await first.kill();
  shop.printer.traps.noFin = false;

  await until(async () => (await shop.place()).relay === secondId);
  await until(() => second.output.includes('relay-took-over'));
  expect(await shop.reasonsOf('page 2')).toContain('delivery-unconfirmed');
  const { events } = await shop.json<{ events: object[] }>('GET', '/platen/v1/events?types=location.*');
  expect(events).toContainEqual(
    expect.objectContaining({
      type: 'location.taken_over',
      data: expect.objectContaining({ previous: { relay: firstId } }),
    }),
  );
  await until(() => shop.isPrinted('page 6'));

  // back again it is the standby, and what it had not begun goes to the other one
  first.start();
  await until(async () => (await shop.place()).standby?.online);
  await until(() => first.output.split('relay-is-standby').length > 1);
  for (const number of [3, 4, 5, 6]) await until(() => shop.isPrinted(`page ${number}`));
  expect(await shop.place()).toMatchObject({ relay: secondId, standby: { relay: firstId, online: true } });
  expect(await shop.reasonsOf('page 2')).toContain('delivery-unconfirmed');
  for (const text of shop.jobs.keys()) expect([text, shop.papersOf(text)]).toEqual([text, 1]);
}, 240_000);

test('a relay is cut off and prints on: its page comes out once, and counts when it is connected again', async () => {
  const shop = await Shop.open();
  const first = await shop.invite({});
  first.start();
  await until(async () => (await shop.place()).online);
  const { relayId: firstId, mqtt } = await first.identity;
  const line = await TcpProxy.start(() => mqtt.port);
  onTestFinished(() => line.stop());
  await first.kill();
  first.start('--mqtt-host', 'localhost', '--mqtt-port', `${line.port}`);
  await until(async () => first.output.split('relay-connected').length > 2 && (await shop.place()).online);
  const second = await shop.invite({ standby: true, takeOverSeconds: 5 });
  second.start();
  await until(async () => (await shop.place()).standby?.online);
  const { relayId: secondId } = await second.identity;

  shop.printer.traps.noFin = true;
  await shop.submit('page 1');
  await until(() => shop.papersOf('page 1') === 1);
  line.become('cut');
  shop.printer.traps.noFin = false;
  shop.printer.endOpen();
  await until(() => /"event":"job-ended"[^\n]*"completed"/.test(first.output));
  await shop.submit('page 2');
  await until(async () => (await shop.place()).relay === secondId);
  expect(await shop.reasonsOf('page 1')).toContain('delivery-unconfirmed');
  await until(() => shop.isPrinted('page 2'));

  // a restart spares the wait for its next try to connect
  line.become('open');
  await first.kill();
  first.start('--mqtt-host', 'localhost', '--mqtt-port', `${line.port}`);

  await until(() => shop.isPrinted('page 1'));
  await until(async () => (await shop.place()).standby?.online);
  expect(await shop.place()).toMatchObject({ relay: secondId, standby: { relay: firstId } });
  for (const text of shop.jobs.keys()) expect([text, shop.papersOf(text)]).toEqual([text, 1]);
}, 240_000);
