import { RemovalPolicy } from 'aws-cdk-lib';
import { type CfnKey, Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { Environment } from './environments.ts';

/** Encrypts the secret of the installation, from which keys of tickets and webhook secrets are derived. */
export function makeKeyringKey(scope: Construct, { keepData }: Pick<Environment, 'keepData'>): Key {
  const key = new Key(scope, 'KeyringKey', {
    description: 'Platen: secret of the installation',
    enableKeyRotation: true,
    removalPolicy: keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
  });
  (key.node.defaultChild as CfnKey).overrideLogicalId('KeyringKey');
  return key;
}
