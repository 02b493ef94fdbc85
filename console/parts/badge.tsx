import { sentence, type Tone } from '../words.ts';
import { Icon } from './icons.tsx';

/** A state as word, shape and colour. */
export const Badge = ({ tone, children }: { tone: Tone; children: string }) => (
  <span class={`badge ${tone}`}>
    <Icon name={tone} />
    {sentence(children)}
  </span>
);
