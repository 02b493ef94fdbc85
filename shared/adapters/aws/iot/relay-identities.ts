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
import { log } from '../../../telemetry/log.ts';
import { awsError } from '../aws-error.ts';
import { type ClientSettings, clientOptions } from '../clients.ts';

/*
 * A relay is an AWS IoT thing whose name is the relay id, with an attached certificate. The policy limits a connection
 * to the topics and the client id of the attached thing, so the attachment decides, not the certificate's subject.
 *
 * A relay that retries after a lost response receives another certificate for the same key; both are valid.
 */

/** [AWS IoT Core, "Device communication protocols"] */
const mqttPort = 8883;

export const openIot = (settings: ClientSettings) =>
  new IoTClient(clientOptions(settings, { requestMilliseconds: 5000, attempts: 4 }));

/**
 * AWS IoT names: the policy of relay certificates, the rule that handles relay messages, how relay ids begin, and the domain
 * of relays if they have one, which may lead to another region or account later.
 */
export interface RelayNames {
  relayPolicy: string;
  relayRule: string;
  relayPrefix: string;
  relayHost?: string;
}

export function makeRelayIdentities(client: IoTClient, names: RelayNames): RelayIdentities {
  const { relayPolicy: policyName, relayRule, relayPrefix, relayHost } = names;
  let endpoint: Promise<string> | undefined;

  /** Constant for the lifetime of the account. */
  const endpointOf = () => {
    endpoint ??= describeEndpoint(client).catch(error => {
      endpoint = undefined;
      throw error;
    });
    return endpoint;
  };

  return {
    idFor: async token => `${relayPrefix}${token}` as RelayId,

    async issue(relayId, csr) {
      const host = relayHost ?? (await endpointOf());
      await orInternal(client.send(new CreateThingCommand({ thingName: relayId })));
      const { certificate, arn } = await sign(client, csr);
      try {
        await orInternal(client.send(new AttachPolicyCommand({ policyName, target: arn })));
        await orInternal(client.send(new AttachThingPrincipalCommand({ thingName: relayId, principal: arn })));
      } catch (error) {
        // without a thing the certificate admits no connection, but it would never be removed
        await deactivate(client, arn)
          .then(() => remove(client, policyName, arn))
          .catch(failure => log.warn('certificate-not-removed', { relayId, error: failure }));
        throw error;
      }
      return {
        certificate,
        ca: amazonRoots(),
        mqtt: { host, port: mqttPort },
        upTopic: ingestTopic(relayRule, relayId),
      };
    },

    /**
     * AWS IoT ends connections within minutes after their certificate becomes inactive [AWS IoT, UpdateCertificate].
     */
    async revoke(relayId) {
      for (const arn of await principalsOf(client, relayId)) {
        await deactivate(client, arn);
        await orMissing(client.send(new DetachThingPrincipalCommand({ thingName: relayId, principal: arn })));
        await remove(client, policyName, arn);
      }
      await orMissing(client.send(new DeleteThingCommand({ thingName: relayId })));
    },
  };
}

async function describeEndpoint(client: IoTClient): Promise<string> {
  const { endpointAddress } = await orInternal(
    client.send(new DescribeEndpointCommand({ endpointType: 'iot:Data-ATS' })),
  );
  return endpointAddress as string;
}

async function sign(client: IoTClient, csr: string): Promise<{ certificate: string; arn: string }> {
  const command = new CreateCertificateFromCsrCommand({ certificateSigningRequest: csr, setAsActive: true });
  try {
    const { certificatePem, certificateArn } = await client.send(command);
    return { certificate: certificatePem as string, arn: certificateArn as string };
  } catch (cause) {
    if (cause instanceof InvalidRequestException) {
      throw new PrintError('bad-request', 'The certificate request is not a valid PKCS #10 CSR in PEM.', { cause });
    }
    throw unanswered(cause);
  }
}

async function principalsOf(client: IoTClient, thingName: RelayId): Promise<string[]> {
  const principals: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await orMissing(client.send(new ListThingPrincipalsCommand({ thingName, nextToken })));
    principals.push(...(page?.principals ?? []));
    nextToken = page?.nextToken;
  } while (nextToken);
  return principals;
}

async function deactivate(client: IoTClient, arn: string): Promise<void> {
  await orMissing(client.send(new UpdateCertificateCommand({ certificateId: idOf(arn), newStatus: 'INACTIVE' })));
}

/** Deletes an inactive certificate. Missing parts are ignored. */
async function remove(client: IoTClient, policyName: string, arn: string): Promise<void> {
  await orMissing(client.send(new DetachPolicyCommand({ policyName, target: arn })));
  await orMissing(client.send(new DeleteCertificateCommand({ certificateId: idOf(arn), forceDelete: true })));
}

const idOf = (arn: string) => arn.slice(arn.lastIndexOf('/') + 1);

/** The Amazon roots among Node's: they sign AWS IoT's endpoints [AWS IoT Core, "Server authentication"]. */
function amazonRoots(): string {
  const isAmazon = (pem: string) => new X509Certificate(pem).subject.includes('CN=Amazon Root CA');
  return rootCertificates.filter(isAmazon).join('\n');
}

async function orInternal<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    throw unanswered(cause);
  }
}

/** Undefined if the thing or certificate does not exist. */
async function orMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (cause) {
    if (cause instanceof ResourceNotFoundException) return undefined;
    throw unanswered(cause);
  }
}

const unanswered = (cause: unknown) => awsError('AWS IoT', cause);
