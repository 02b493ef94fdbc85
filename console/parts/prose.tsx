import { timeText } from '../format.ts';
import { now } from './time.tsx';

const instant = /(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z)/;

/** A sentence of the service, with its times as this computer writes them. */
export const Prose = ({ text }: { text: string }) => (
  <>
    {text.split(instant).map((part, index) =>
      index % 2 === 1 ? (
        <time key={part} dateTime={part}>
          {timeText(Date.parse(part), now.value)}
        </time>
      ) : (
        part
      ),
    )}
  </>
);
