import { describe, expect, it } from 'vitest';
import { synthesize } from './synthesized.ts';
import { resourcesOf, type Template } from './template.ts';

const certificateArn = 'arn:aws:acm:us-east-1:111122223333:certificate/c0ffee00-0000-0000-0000-000000000000';
const settings = { account: '111122223333', region: 'eu-central-1' };

describe('the stack of the console', () => {
  it('is not made unless it is configured', () => {
    expect(synthesize('dev').console).toBeUndefined();
  });

  const template = synthesize('dev', {
    ...settings,
    console: { domainName: 'console.example.com', certificateArn },
  }).console as Template;
  const only = (type: string) => resourcesOf(template, type)[0]?.properties;

  it('has a private bucket that only the distribution reads', () => {
    expect(only('AWS::S3::Bucket')).toMatchObject({
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: true },
    });
    const statements = only('AWS::S3::BucketPolicy')?.PolicyDocument.Statement as {
      Effect: string;
      Principal: object;
    }[];
    const allowed = statements.filter(({ Effect }) => Effect === 'Allow').map(({ Principal }) => Principal);
    expect(allowed).toEqual([{ Service: 'cloudfront.amazonaws.com' }]);
    expect(resourcesOf(template, 'AWS::CloudFront::OriginAccessControl')).toHaveLength(1);
  });

  it('sends the policy of the one-machine server, with the origins of API and store', () => {
    const policy = JSON.stringify(only('AWS::CloudFront::ResponseHeadersPolicy'));

    expect(policy).toContain("default-src 'none'; script-src 'self'");
    expect(policy).toMatch(/connect-src 'self' .*Fn::|connect-src 'self' ".*ImportValue/);
    expect(policy).not.toContain('unsafe');
  });

  it('answers addresses of views with the page', () => {
    const { FunctionCode } = only('AWS::CloudFront::Function') as { FunctionCode: string };
    const handler = new Function(`${FunctionCode}; return handler;`)() as (event: object) => {
      uri?: string;
      statusCode?: number;
    };
    const answer = (uri: string) => handler({ request: { uri } });

    expect(answer('/').statusCode).toBe(302);
    expect(answer('/console/jobs/0123').uri).toBe('/console/index.html');
    expect(answer('/console/app-0.js').uri).toBe('/console/app-0.js');
  });
});
