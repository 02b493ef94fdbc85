import { render } from 'preact';
import { App } from './app/app.tsx';
import { followEvents } from './app/live.ts';
import { followLinks } from './app/router.ts';
import { endSessionInTime, signInByCode } from './app/session.ts';
import { refreshViews } from './app/use-query.ts';

followLinks();
endSessionInTime();
followEvents(refreshViews);
await signInByCode();
render(<App />, document.getElementById('app') as HTMLElement);
