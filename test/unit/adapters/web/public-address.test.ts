import { expect, test } from 'vitest';
import { resolveDestination } from '../../../../shared/adapters/web/egress-policy.ts';
import { isPublicAddress } from '../../../../shared/adapters/web/public-address.ts';

test.each([
  '0.0.0.0',
  '10.0.0.1',
  '100.64.0.1',
  '100.100.100.200',
  '127.0.0.1',
  '127.255.255.254',
  '168.63.129.16',
  '169.254.169.254',
  '169.254.170.2',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.192',
  '192.168.1.1',
  '198.18.0.1',
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
  '2001:db8::1',
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
  '1.1.1.1',
  '8.8.8.8',
  '100.63.255.255',
  '100.128.0.1',
  '172.15.0.1',
  '172.32.0.1',
  '193.0.0.1',
  '2606:4700::1111',
  '2a00::1',
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
  ['10.0.0.7', 'intranet', 80, true],
  ['10.0.0.7:81', '10.0.0.7', 80, false],
  ['[fd00::7]:80', '[fd00::7]', 80, true],
  ['fd00::7', '[fd00::7]', 80, true],
  ['other', 'intranet', 80, false],
])('--allow-fetch %s and %s:%i: %s', async (entry, host, port, allowed) => {
  const resolve = answers(host.includes('fd00') ? 'fd00::7' : '10.0.0.7');
  const found = resolveDestination(host, port, { allowFetch: [entry], resolve }).then(
    () => true,
    () => false,
  );
  expect(await found).toBe(allowed);
});
