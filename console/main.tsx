import { render } from 'preact';
import { App } from './app/app.tsx';
import { followLinks } from './app/router.ts';
import { endSessionInTime, signInByCode } from './app/session.ts';

followLinks();
endSessionInTime();
await signInByCode();
render(<App />, document.getElementById('app') as HTMLElement);
