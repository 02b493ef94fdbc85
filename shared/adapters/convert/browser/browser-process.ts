import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, CDPSession } from 'puppeteer-core';
import { RenderError } from '../../web/render-error.ts';
import { unpackChromium } from './chromium.ts';
import { hasSandbox } from './sandbox.ts';

/**
 * Lambda refuses the system call with which a second process of the browser would begin (PR_SET_NO_NEW_PRIVS), so
 * there all of it must be one process, which has no contexts: each job then has a browser to itself. Elsewhere one
 * browser serves many jobs, each in a context, and so a renderer process, of its own.
 */
export type ProcessModel = 'many-processes' | 'one-process';

export interface BrowserProcess {
  browser: Browser;
  /** of the browser itself, for what no page is needed */
  session: CDPSession;
  /** Ends it within seconds, whatever state it is in, and removes its folder. A second call waits for the first. */
  end(): Promise<void>;
}

const launchTimeoutMs = 30_000;
const closeTimeoutMs = 3_000;
const folderPrefix = 'platen-browser-';

const commonArguments = [
  '--disable-gpu',
  // Outlines as they are: hinting for screens moves glyphs on paper.
  '--font-render-hinting=none',
  '--force-color-profile=srgb',
  '--hide-scrollbars',
  '--window-size=800,600',
  // Else the browser calls itself `en-US@posix`, which its own date and number formats refuse, and names no language.
  '--accept-lang=en-US,en',
  '--mute-audio',
  // No way round the proxy: loopback is proxied like the rest; no WebRTC over UDP, no QUIC, no name resolution of
  // its own, no calls home.
  '--proxy-bypass-list=<-loopback>',
  '--force-webrtc-ip-handling-policy=disable_non_proxied_udp',
  '--disable-quic',
  '--dns-prefetch-disable',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-domain-reliability',
  '--no-pings',
  '--no-default-browser-check',
  '--no-first-run',
  '--block-new-web-contents',
  // Cookies for protected content belong to one origin, its scheme and port included.
  '--enable-features=EnablePortBoundCookies,EnableSchemeBoundCookies',
  '--disable-features=AutoupgradeMixedContent,MediaRouter,OptimizationHints,SpareRendererForSitePerProcess,Translate,WebRtcHideLocalIpsWithMdns',
];

const modelArguments: Record<ProcessModel, string[]> = {
  'many-processes': [],
  'one-process': ['--single-process', '--no-zygote'],
};

/** Lambda is a sandbox itself and has none inside. */
const sandboxArguments = () => (inLambda() || !hasSandbox() ? ['--no-sandbox'] : []);

const inLambda = () => process.env.AWS_LAMBDA_FUNCTION_NAME !== undefined;

export const processModelHere = (): ProcessModel => (inLambda() ? 'one-process' : 'many-processes');

export async function startBrowser(model: ProcessModel, proxyPort: number): Promise<BrowserProcess> {
  const [{ executable, environment }, { default: puppeteer }] = await Promise.all([
    unpackChromium(),
    import('puppeteer-core'),
    removeStaleFolders(),
  ]);
  const folder = await mkdtemp(join(tmpdir(), `${folderPrefix}${process.pid}-`));
  const browser = await puppeteer
    .launch({
      executablePath: executable,
      headless: 'shell',
      // Over a pipe, the browser ends with us, even when we are killed; and no port is open to others.
      pipe: true,
      // Each page of its own costs a process, and the report of issues a message.
      ignoreDefaultArgs: ['about:blank'],
      waitForInitialPage: false,
      issuesEnabled: false,
      // The window is as large as it shall be; to emulate one costs every page two calls.
      defaultViewport: null,
      args: [
        ...commonArguments,
        ...modelArguments[model],
        ...sandboxArguments(),
        `--proxy-server=http://127.0.0.1:${proxyPort}`,
      ],
      env: { ...environment, TMPDIR: folder, HOME: folder, PATH: process.env.PATH, TZ: 'UTC' },
      userDataDir: join(folder, 'profile'),
      timeout: launchTimeoutMs,
      // Signals are the server's business: it closes the pool in its own order.
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    })
    .catch(async cause => {
      await removeFolder(folder);
      throw new RenderError('crashed', 'The browser could not be started.', { cause });
    });
  const session = await browser.target().createCDPSession();

  let ending: Promise<void> | undefined;
  const end = async () => {
    const child = browser.process();
    const closed = browser.close().catch(() => {});
    const late = setTimeout(() => child?.kill('SIGKILL'), closeTimeoutMs);
    await closed;
    clearTimeout(late);
    await removeFolder(folder);
  };
  return {
    browser,
    session,
    end: () => {
      ending ??= end();
      return ending;
    },
  };
}

/** The last processes of a browser may still write while its folder is removed. */
const removeFolder = (folder: string) => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });

/** Removes folders of processes that were killed before they could remove them. */
async function removeStaleFolders(): Promise<void> {
  const names = await readdir(tmpdir()).catch(() => []);
  const stale = names.filter(name => {
    const pid = Number(/^platen-browser-(\d+)-/.exec(name)?.[1]);
    return pid > 0 && !isAlive(pid);
  });
  await Promise.all(stale.map(name => removeFolder(join(tmpdir(), name)).catch(() => {})));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
