import type { RateUse } from '../contract.ts';

/** [draft-ietf-httpapi-ratelimit-headers-10] */
export const rateHeaders = ({ policy, quota, windowSeconds, remaining, fullSeconds }: RateUse) => ({
  'ratelimit-policy': `"${policy}";q=${quota};w=${windowSeconds}`,
  ratelimit: `"${policy}";r=${remaining};t=${fullSeconds}`,
});
