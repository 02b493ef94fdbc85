import type { Webhooks } from '../../core/ports/index.ts';
import { allowFetch } from '../../protocol/config.ts';
import { log } from '../../telemetry/log.ts';
import { egressFetch } from './egress-fetch.ts';
import { RenderError } from './render-error.ts';

/** The time in which PDF.co's receivers must answer [docs.pdf.co, webhooks: 20 to 30 s]. */
const deadlineMs = 25_000;
const maxOctets = 1024 * 1024;

/** Posts callbacks from this process, under the egress policy: private addresses only if they are allowed. */
export const webhooks: Webhooks = {
  async post(url, body) {
    const headers = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) };
    const options = { method: 'POST', body, headers, allowFetch: allowFetch(), maxOctets, deadlineMs };
    try {
      const response = await egressFetch(url, options);
      response.body.destroy();
      const isTold = response.status >= 200 && response.status < 300;
      if (!isTold) log.warn('callback-failed', { host: URL.parse(url)?.host, status: response.status });
      return isTold ? 'delivered' : 'failed';
    } catch (error) {
      if (!(error instanceof RenderError)) throw error;
      log.warn('callback-failed', { host: URL.parse(url)?.host, code: error.code });
      return error.code === 'forbidden-address' || error.code === 'bad-address' ? 'refused' : 'failed';
    }
  },
};
