import {
  AttachPolicyCommand,
  AttachThingPrincipalCommand,
  CreateCertificateFromCsrCommand,
  CreateThingCommand,
  DeleteCertificateCommand,
  DeleteThingCommand,
  DescribeEndpointCommand,
  DetachPolicyCommand,
  DetachThingPrincipalCommand,
  InvalidRequestException,
  type IoTClient,
  ListThingPrincipalsCommand,
  ResourceNotFoundException,
  UpdateCertificateCommand,
} from '@aws-sdk/client-iot';
import { describe, expect, it } from 'vitest';
import { makeRelayIdentities } from '../../../../shared/adapters/aws/iot/relay-identities.ts';

const names = { relayPolicy: 'relays', relayRule: 'up', relayPrefix: 'platen-prod-' };
const refusal = (Kind: typeof InvalidRequestException | typeof ResourceNotFoundException) =>
  new Kind({ message: 'no', $metadata: {} });

interface Certificate {
  isActive: boolean;
  policies: Set<string>;
  things: Set<string>;
}

/**
 * AWS IoT as strict as the service: certificates that are active or attached are not deleted, nor things that have one,
 * and lists come in pages of one [AWS IoT, DeleteCertificate, DeleteThing].
 */
class StrictIot {
  readonly things = new Set<string>();
  readonly certificates = new Map<string, Certificate>();
  endpoints = 0;
  /** fails for a moment */
  failing: object | undefined;

  readonly client = { send: async (command: object) => this.#handle(command) } as unknown as IoTClient;

  /** What a relay can connect with. */
  get valid(): string[] {
    return [...this.certificates].flatMap(([arn, { isActive, policies, things }]) =>
      isActive && policies.has(names.relayPolicy) && things.size > 0 ? [arn] : [],
    );
  }

  #certificate(arn: string | undefined): Certificate {
    const found = this.certificates.get(arn ?? '');
    if (!found) throw refusal(ResourceNotFoundException);
    return found;
  }

  #handle(command: object): object {
    if (this.failing && command instanceof (this.failing as typeof AttachPolicyCommand)) throw new Error('away');
    if (command instanceof DescribeEndpointCommand) {
      this.endpoints++;
      return { endpointAddress: 'x-ats.iot.eu-central-1.amazonaws.com' };
    }
    if (command instanceof CreateThingCommand) this.things.add(command.input.thingName as string);
    if (command instanceof CreateCertificateFromCsrCommand) return this.#sign(command);
    if (command instanceof AttachPolicyCommand)
      this.#certificate(command.input.target).policies.add(command.input.policyName as string);
    if (command instanceof DetachPolicyCommand)
      this.#certificate(command.input.target).policies.delete(command.input.policyName as string);
    if (command instanceof AttachThingPrincipalCommand || command instanceof DetachThingPrincipalCommand) {
      const { thingName = '', principal } = command.input;
      if (!this.things.has(thingName)) throw refusal(ResourceNotFoundException);
      const { things } = this.#certificate(principal);
      if (command instanceof AttachThingPrincipalCommand) things.add(thingName);
      else things.delete(thingName);
    }
    if (command instanceof ListThingPrincipalsCommand) return this.#principals(command);
    if (command instanceof UpdateCertificateCommand)
      this.#certificate(`arn:cert/${command.input.certificateId}`).isActive = command.input.newStatus === 'ACTIVE';
    if (command instanceof DeleteCertificateCommand) {
      const arn = `arn:cert/${command.input.certificateId}`;
      const { isActive, things } = this.#certificate(arn);
      if (isActive || things.size > 0) throw refusal(InvalidRequestException);
      this.certificates.delete(arn);
    }
    if (command instanceof DeleteThingCommand) {
      const { thingName = '' } = command.input;
      if (this.#ofThing(thingName).length > 0) throw refusal(InvalidRequestException);
      this.things.delete(thingName);
    }
    return {};
  }

  #sign({ input }: CreateCertificateFromCsrCommand): object {
    if (input.certificateSigningRequest !== 'a request') throw refusal(InvalidRequestException);
    const arn = `arn:cert/${this.certificates.size + 1}`;
    this.certificates.set(arn, { isActive: input.setAsActive === true, policies: new Set(), things: new Set() });
    return { certificateArn: arn, certificatePem: `the certificate ${arn}` };
  }

  #ofThing(thing: string): string[] {
    return [...this.certificates].flatMap(([arn, { things }]) => (things.has(thing) ? [arn] : []));
  }

  #principals({ input: { thingName = '', nextToken } }: ListThingPrincipalsCommand): object {
    if (!this.things.has(thingName)) throw refusal(ResourceNotFoundException);
    const all = this.#ofThing(thingName);
    const at = Number(nextToken ?? 0);
    return { principals: all.slice(at, at + 1), nextToken: at + 1 < all.length ? String(at + 1) : undefined };
  }
}

async function open() {
  const iot = new StrictIot();
  const identities = makeRelayIdentities(iot.client, names);
  return { iot, identities, relayId: await identities.idFor('7'.repeat(32)) };
}

describe('identities of relays in AWS IoT', () => {
  it('get a certificate that connects, and the address of the account', async () => {
    const { iot, identities, relayId } = await open();

    const [first] = [await identities.issue(relayId, 'a request'), await identities.issue(relayId, 'a request')];

    expect(relayId).toBe(`platen-prod-${'7'.repeat(32)}`);
    expect(first).toMatchObject({
      certificate: 'the certificate arn:cert/1',
      ca: expect.stringContaining('BEGIN CERTIFICATE'),
      mqtt: { host: 'x-ats.iot.eu-central-1.amazonaws.com', port: 8883 },
    });
    expect(iot.valid).toEqual(['arn:cert/1', 'arn:cert/2']);
    expect(iot.endpoints).toBe(1);
  });

  it('leave nothing when they are revoked, however many certificates they have, and may be revoked again', async () => {
    const { iot, identities, relayId } = await open();
    for (let count = 0; count < 3; count++) await identities.issue(relayId, 'a request');

    await identities.revoke(relayId);
    await identities.revoke(relayId);

    expect([iot.certificates.size, iot.things.size]).toEqual([0, 0]);
  });

  it.each([
    ['policy', AttachPolicyCommand],
    ['thing', AttachThingPrincipalCommand],
  ])('leave no certificate that could not be attached to its %s', async (_part, failing) => {
    const { iot, identities, relayId } = await open();
    iot.failing = failing;

    await expect(identities.issue(relayId, 'a request')).rejects.toMatchObject({ code: 'internal' });

    expect(iot.certificates.size).toBe(0);
  });

  it('ask for the address again when it could not be read', async () => {
    const { iot, identities, relayId } = await open();
    iot.failing = DescribeEndpointCommand;
    await expect(identities.issue(relayId, 'a request')).rejects.toMatchObject({ code: 'internal' });
    iot.failing = undefined;

    await identities.issue(relayId, 'a request');

    expect(iot.valid).toHaveLength(1);
  });

  it('refuse a request that AWS IoT cannot read', async () => {
    const { iot, identities, relayId } = await open();

    await expect(identities.issue(relayId, 'nonsense')).rejects.toMatchObject({ code: 'bad-request' });

    expect(iot.certificates.size).toBe(0);
  });

  it('say which service failed', async () => {
    const { iot, identities, relayId } = await open();
    await identities.issue(relayId, 'a request');
    iot.failing = UpdateCertificateCommand;

    await expect(identities.revoke(relayId)).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringContaining('AWS IoT'),
    });
  });
});
