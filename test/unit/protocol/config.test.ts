import { describe, expect, test } from 'vitest';
import { queueUrlVariable, readConfig, sentQueues, variables } from '../../../shared/protocol/config.ts';

const lambda = { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'hush' };
const infrastructure = Object.fromEntries([
  ...Object.values(variables).map(name => [name, `the ${name}`]),
  ...sentQueues.map(queue => [queueUrlVariable(queue), `https://${queue}`]),
]);

describe('the environment of a function', () => {
  test('is converted to named settings', () => {
    const config = readConfig({ ...lambda, ...infrastructure, AWS_SESSION_TOKEN: 'token' });

    expect(config).toMatchObject({
      region: 'eu-west-1',
      credentials: { accessKeyId: 'id', secretAccessKey: 'hush', sessionToken: 'token' },
      endpoint: undefined,
      jobsTable: 'the PLATEN_JOBS_TABLE',
      bucket: 'the PLATEN_BUCKET',
    });
    expect(config.queueUrls).toEqual(Object.fromEntries(sentQueues.map(queue => [queue, `https://${queue}`])));
  });

  test('is refused with all missing names at once, and without values', () => {
    const read = () => readConfig({ ...lambda, AWS_REGION: '' });

    const names = ['AWS_REGION', ...Object.values(variables), ...sentQueues.map(queueUrlVariable)];
    expect(read).toThrow(`Missing environment variables: ${names.join(', ')}.`);
    expect(read).not.toThrow('hush');
  });
});
