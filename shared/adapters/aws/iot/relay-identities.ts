import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';
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
  IoTClient,
  ListThingPrincipalsCommand,
  ResourceNotFoundException,
  UpdateCertificateCommand,
} from '@aws-sdk/client-iot';
import { PrintError } from '../../../core/domain/errors.ts';
import type { RelayId } from '../../../core/domain/ids.ts';
import type { RelayIdentities } from '../../../core/ports/index.ts';
import { ingestTopic } from '../../../protocol/relay-protocol.ts';
import { clientOptions, type Surroundings } from '../clients.ts';

/*
 * A relay is a thing of AWS IoT with the relay's id for its name, and a certificate that is attached to it. The policy
 * lets a connection use the topics and the client id of the thing that its certificate is attached to, so what counts
 * is the attachment; the certificate's subject is whatever AWS IoT makes of the request.
 *
 * A relay that asks again after a lost answer gets another certificate for the same key, and both are good.
 */

/** [AWS IoT Core, "Device communication protocols"] */
const mqttPort = 8883;

export const openIot = (surroundings: Surroundings) =>
  new IoTClient(clientOptions(surroundings, { requestMilliseconds: 5000, attempts: 4 }));

/** Names in AWS IoT: the policy of relays' certificates, and the rule that takes what relays say. */
export interface RelayNames {
  relayPolicy: string;
  relayRule: string;
}

export function makeRelayIdentities(client: IoTClient, names: RelayNames): RelayIdentities {
  const { relayPolicy: policyName, relayRule } = names;
  let endpoint: Promise<string> | undefined;

  /** The same for as long as the account lives. */
  const endpointOf = () => {
    endpoint ??= describeEndpoint(client).catch(error => {
      endpoint = undefined;
      throw error;
    });
    return endpoint;
  };

  return {
    async issue(relayId, csr) {
      const host = await endpointOf();
      await asked(client.send(new CreateThingCommand({ thingName: relayId })));
      const { certificate, arn } = await sign(client, csr);
      try {
        await asked(client.send(new AttachPolicyCommand({ policyName, target: arn })));
        await asked(client.send(new AttachThingPrincipalCommand({ thingName: relayId, principal: arn })));
      } catch (error) {
        // without a thing it lets nobody in, but it would stand there for ever
        await deactivate(client, arn)
          .then(() => remove(client, policyName, arn))
          .catch(() => undefined);
        throw error;
      }
      return {
        certificate,
        ca: amazonRoots(),
        mqtt: { host, port: mqttPort },
        upTopic: ingestTopic(relayRule, relayId),
      };
    },

    /** AWS IoT ends the connections of a certificate within minutes after it became inactive [AWS IoT, UpdateCertificate]. */
    async revoke(relayId) {
      for (const arn of await principalsOf(client, relayId)) {
        await deactivate(client, arn);
        await missable(client.send(new DetachThingPrincipalCommand({ thingName: relayId, principal: arn })));
        await remove(client, policyName, arn);
      }
      await missable(client.send(new DeleteThingCommand({ thingName: relayId })));
    },
  };
}

async function describeEndpoint(client: IoTClient): Promise<string> {
  const { endpointAddress } = await asked(client.send(new DescribeEndpointCommand({ endpointType: 'iot:Data-ATS' })));
  return endpointAddress as string;
}

async function sign(client: IoTClient, csr: string): Promise<{ certificate: string; arn: string }> {
  const command = new CreateCertificateFromCsrCommand({ certificateSigningRequest: csr, setAsActive: true });
  try {
    const { certificatePem, certificateArn } = await client.send(command);
    return { certificate: certificatePem as string, arn: certificateArn as string };
  } catch (cause) {
    if (cause instanceof InvalidRequestException) {
      throw new PrintError('bad-request', 'The certificate request cannot be read.', { cause });
    }
    throw unanswered(cause);
  }
}

async function principalsOf(client: IoTClient, thingName: RelayId): Promise<string[]> {
  const principals: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await missable(client.send(new ListThingPrincipalsCommand({ thingName, nextToken })));
    principals.push(...(page?.principals ?? []));
    nextToken = page?.nextToken;
  } while (nextToken);
  return principals;
}

async function deactivate(client: IoTClient, arn: string): Promise<void> {
  await missable(client.send(new UpdateCertificateCommand({ certificateId: idOf(arn), newStatus: 'INACTIVE' })));
}

/** Takes an inactive certificate away for good. Whatever of it is gone already is fine. */
async function remove(client: IoTClient, policyName: string, arn: string): Promise<void> {
  await missable(client.send(new DetachPolicyCommand({ policyName, target: arn })));
  await missable(client.send(new DeleteCertificateCommand({ certificateId: idOf(arn), forceDelete: true })));
}

const idOf = (arn: string) => arn.slice(arn.lastIndexOf('/') + 1);

/** Those that Node trusts anyway, without the rest: AWS IoT's endpoints are signed by one of them [AWS IoT Core, "Server authentication"]. */
function amazonRoots(): string {
  const isAmazon = (pem: string) => new X509Certificate(pem).subject.includes('CN=Amazon Root CA');
  return rootCertificates.filter(isAmazon).join('\n');
}

async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    throw unanswered(cause);
  }
}

/** Undefined when the thing or certificate is not there. */
async function missable<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (cause) {
    if (cause instanceof ResourceNotFoundException) return undefined;
    throw unanswered(cause);
  }
}

const unanswered = (cause: unknown) => new PrintError('internal', 'The identity service does not answer.', { cause });
