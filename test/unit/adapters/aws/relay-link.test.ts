import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { makeRelayLink, openIotData } from '../../../../shared/adapters/aws/iot/relay-link.ts';
import type { JobId, RelayId } from '../../../../shared/core/domain/ids.ts';

const granted = { type: 'granted', jobId: 'a'.repeat(32) as JobId, attempt: 1 } as const;

test('a publish is attempted once and fails after its timeout', async () => {
  const patience = new AbortController();
  const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(patience.signal);
  onTestFinished(() => timeout.mockRestore());
  let requests = 0;
  const silent = createServer(() => {
    requests++;
    patience.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
  }).listen(0, '127.0.0.1');
  onTestFinished(() => silent.closeAllConnections());
  onTestFinished(() => void silent.close());
  await once(silent, 'listening');
  const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };
  const client = openIotData({ region: 'eu-central-1', credentials, endpoint });
  onTestFinished(() => client.destroy());

  const publishing = makeRelayLink(client).publish('relay-1' as RelayId, granted, 200);

  await expect(publishing).rejects.toMatchObject({ name: 'PrintError', code: 'internal' });
  expect(timeout.mock.calls).toEqual([[200]]);
  expect(requests).toBe(1);
});
