import { errorOf } from './errors.ts';

/** A message of a stream of server-sent events [HTML, server-sent events]. */
export interface StreamMessage {
  /** `message` unless the server names it */
  name: string;
  id: string;
  /** empty for a message that only moves the id */
  data: string;
}

/** The server sends something every 15 seconds. */
const silenceMilliseconds = 40_000;

/** The messages of one answer. Throws a `ClientError` for a refusal, and when nothing comes for too long. */
export async function* messagesOf(
  open: (signal: AbortSignal) => Promise<Response>,
  signal: AbortSignal | undefined,
): AsyncGenerator<StreamMessage> {
  const silent = new AbortController();
  const both = signal ? AbortSignal.any([signal, silent.signal]) : silent.signal;
  const tooLong = () => silent.abort(new Error('The stream of events is silent.'));
  let timer = setTimeout(tooLong, silenceMilliseconds);
  try {
    const answer = await open(both);
    const isStream = answer.headers.get('content-type')?.startsWith('text/event-stream');
    if (!answer.ok || !isStream || !answer.body) throw await errorOf(answer);
    const decoder = new TextDecoder();
    const reader = answer.body.getReader();
    let text = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(tooLong, silenceMilliseconds);
      text = `${text}${decoder.decode(value, { stream: true })}`.replaceAll('\r\n', '\n');
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) yield messageOf(block);
    }
  } finally {
    clearTimeout(timer);
    // ends the connection when the reader stops early
    silent.abort();
  }
}

function messageOf(block: string): StreamMessage {
  const message = { name: 'message', id: '', data: '' };
  for (const line of block.split('\n')) {
    const [, field, value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
    if (field === 'event') message.name = value;
    if (field === 'id') message.id = value;
    if (field === 'data') message.data += message.data === '' ? value : `\n${value}`;
  }
  return message;
}
