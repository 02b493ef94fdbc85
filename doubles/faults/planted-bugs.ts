import { FetchError } from '../../relay/fetch-document.ts';
import { HeldJob } from '../../relay/held-job.ts';
import { Outbox } from '../../relay/outbox.ts';
import { SocketConversation } from '../../relay/printers/socket-conversation.ts';
import { Spool } from '../../relay/spool.ts';
import { replaceInSource } from './replace-in-source.ts';

/*
 * Bugs that the fault matrix must find, one for each of its rules. A process gets one by `--import` of this file and its
 * name in `PLANTED_BUG`.
 */

const seen = new Set<unknown>();
/** From the fifth subject on: the first ones show the scene that all is at work. */
const isLate = (subject: unknown) => seen.add(subject).size > 4;

export const plantedBugs = {
  /** prints without permission of the cloud */
  doubles() {
    Object.defineProperty(HeldJob.prototype, 'isPermitted', { get: () => true });
  },
  /** calls completed what was not sent */
  lies() {
    const { send } = SocketConversation.prototype;
    SocketConversation.prototype.send = async function (...values) {
      if (!isLate(this)) await send.apply(this, values);
    };
  },
  /** gives up a document that could be fetched */
  lost() {
    const { fetch } = Spool.prototype;
    Spool.prototype.fetch = async function (wanted) {
      return isLate(wanted.key) ? new FetchError('wrong-document', 'planted') : await fetch.call(this, wanted);
    };
  },
  /** does not say how jobs ended */
  stuck() {
    const { put } = Outbox.prototype;
    Outbox.prototype.put = function (key, message) {
      if (message.type !== 'report' || !isLate(key)) put.call(this, key, message);
    };
    Outbox.prototype.toCarry = () => [];
  },
  /** offers at a take-over also what the former relay may have begun */
  reprints() {
    const unconfirmed = "'handed-over': { ifBegun: 'processing-stopped/delivery-unconfirmed'";
    replaceInSource('/domain/job.ts', unconfirmed, "'handed-over': { ifBegun: 'pending/job-fetchable'");
  },
  /** ignores what the former relay says of its jobs */
  deaf() {
    const onlyOfWaiting = "if (!mayPrint && isWaiting(job) && (message.state === 'aborted' || !isLastWord(message)))";
    replaceInSource('/jobs/relay-events.ts', onlyOfWaiting, 'if (!mayPrint)');
  },
} satisfies Record<string, () => void>;

export type PlantedBug = keyof typeof plantedBugs;

const planted = process.env.PLANTED_BUG as PlantedBug | undefined;
if (planted) plantedBugs[planted]();
