import { expect, test } from 'vitest';
import { callbackPolicy } from '../../../../shared/adapters/web/callback-policy.ts';
import { resolveDestination } from '../../../../shared/adapters/web/egress-policy.ts';
import { isPublicAddress } from '../../../../shared/adapters/web/public-address.ts';
import { useAllowFetch } from '../../../../shared/protocol/config.ts';

test.each([
  '0.0.0.0',
  '0.255.255.255',
  '10.0.0.1',
  '10.255.255.255',
  '100.64.0.0',
  '100.100.100.200',
  '100.127.255.255',
  '127.0.0.1',
  '127.255.255.254',
  '168.63.129.16',
  '169.254.169.254',
  '169.254.170.2',
  '172.16.0.0',
  '172.31.255.255',
  '192.0.0.192',
  '192.0.2.1',
  '192.88.99.1',
  '192.168.0.0',
  '192.168.255.255',
  '198.18.0.0',
  '198.19.255.255',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '239.1.1.1',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::ffff:8.8.8.8',
  '::127.0.0.1',
  '64:ff9b::7f00:1',
  '64:ff9b:1::1',
  '2002:7f00:1::',
  '2001::1',
  '2001:1ff:ffff::1',
  '2001:db8::1',
  '3fff::1',
  '3fff:fff:ffff::1',
  'fc00::1',
  'fd00:ec2::254',
  'fe80::1',
  'fe80::1%eth0',
  'fec0::1',
  'ff02::1',
  '100::1',
  '',
  'localhost',
  '0x7f.1',
])('%s is not public', address => {
  expect(isPublicAddress(address)).toBe(false);
});

test.each([
  '1.0.0.0',
  '1.1.1.1',
  '8.8.8.8',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '126.255.255.255',
  '128.0.0.0',
  '168.63.129.15',
  '168.63.129.17',
  '169.253.255.255',
  '169.255.0.0',
  '172.15.255.255',
  '172.32.0.0',
  '191.255.255.255',
  '192.0.1.0',
  '192.0.3.0',
  '192.88.98.255',
  '192.167.255.255',
  '192.169.0.0',
  '193.0.0.1',
  '198.17.255.255',
  '198.20.0.0',
  '198.51.101.0',
  '203.0.112.255',
  '223.255.255.255',
  '2001:200::1',
  '2001:db7::1',
  '2003::1',
  '2606:4700::1111',
  '2a00::1',
  '3ffe::1',
  '3fff:1000::1',
])('%s is public', address => {
  expect(isPublicAddress(address)).toBe(true);
});

const answers =
  (...addresses: string[]) =>
  async () =>
    addresses.map(address => ({ address, family: address.includes(':') ? 6 : 4 }));

test('a name is judged by what it resolves to, and pinned', async () => {
  const resolve = answers('10.0.0.1', '93.184.216.34');
  await expect(resolveDestination('a.example', 443, { allowFetch: [], resolve })).resolves.toEqual({
    address: '93.184.216.34',
    family: 4,
    port: 443,
  });
  await expect(
    resolveDestination('b.example', 443, { allowFetch: [], resolve: answers('10.0.0.1') }),
  ).rejects.toMatchObject({ code: 'forbidden-address' });
  const v6 = { allowFetch: [], resolve: answers('fd00::1', '2606:4700::1111') };
  expect(await resolveDestination('c.example', 80, v6)).toEqual({ address: '2606:4700::1111', family: 6, port: 80 });
});

test('a name that is not known is refused in the words for one that is private', async () => {
  const cause = Object.assign(new Error('ENOTFOUND'), { code: 'ENOTFOUND' });
  const unknown = { allowFetch: [], resolve: () => Promise.reject(cause) };
  const message = 'The host a.example is not known, or its address is private and may not be fetched.';

  await expect(resolveDestination('A.example', 80, unknown)).rejects.toMatchObject({
    ...{ code: 'not-reachable', message, cause },
  });
  const known = { allowFetch: [], resolve: answers('10.0.0.1') };
  await expect(resolveDestination('a.example', 80, known)).rejects.toMatchObject({ message });
});

test.each([
  ['http://10.0.0.1/hook', [], true],
  ['http://10.0.0.1/hook', ['10.0.0.1:80'], false],
  ['https://10.0.0.1/hook', ['10.0.0.1:80'], true],
  ['https://10.0.0.1/hook', ['10.0.0.1:443'], false],
  ['http://10.0.0.1:8080/hook', ['10.0.0.1:8080'], false],
  ['https://hooks.example/', [], false],
  ['no address', [], false],
])('a callback to %s is refused where %j is allowed: %s', (url, allowed, isRefused) => {
  useAllowFetch(allowed);
  expect(callbackPolicy.refuses(url)).toBe(isRefused);
  useAllowFetch(undefined);
});

// The system resolver's interpretation of each spelling decides; no external resolver is used.
test.each([
  '127.0.0.1',
  '2130706433',
  '0177.0.0.1',
  '0x7f000001',
  '127.1',
  '[::1]',
  '[::ffff:127.0.0.1]',
  'localhost',
  '0',
])('%s is refused however it is written', async host => {
  const refused = resolveDestination(host, 80, { allowFetch: [] });
  await expect(refused).rejects.toMatchObject({ name: 'RenderError' });
});

test.each([
  ['intranet', 'intranet', 80, true],
  ['intranet:8080', 'intranet', 8080, true],
  ['intranet:8080', 'intranet', 80, false],
  ['Intranet', 'INTRANET', 80, true],
  [' intranet:80 ', 'intranet', 80, true],
  ['intranet.example', 'intranet', 80, false],
  ['10.0.0.7', 'intranet', 80, true],
  ['10.0.0.7:81', '10.0.0.7', 80, false],
  ['[fd00::7]:80', '[fd00::7]', 80, true],
  ['fd00::7', '[fd00::7]', 80, true],
  ['FD00::7', '[fd00::7]', 80, true],
  ['[FD00::7]', '[fd00::7]', 80, true],
  ['[fd00::7]:81', '[fd00::7]', 80, false],
  ['other', 'intranet', 80, false],
])('--allow-fetch %s and %s:%i: %s', async (entry, host, port, allowed) => {
  const resolve = answers(host.includes('fd00') ? 'fd00::7' : '10.0.0.7');
  const found = resolveDestination(host, port, { allowFetch: [entry], resolve }).then(
    () => true,
    () => false,
  );
  expect(await found).toBe(allowed);
});
