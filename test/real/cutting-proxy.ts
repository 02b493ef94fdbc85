import net from 'node:net';

/**
 * Forwards octets to a printer, and resets both sides after a given number: a network failure in the middle of a
 * document.
 */
export interface CuttingProxy {
  uri: string;
  stop: () => Promise<void>;
}

export async function startCuttingProxy(printerUri: string, octets: number): Promise<CuttingProxy> {
  const printer = new URL(printerUri);
  const server = net.createServer(client => {
    const upstream = net.connect(Number(printer.port), printer.hostname);
    let passed = 0;
    for (const socket of [client, upstream]) socket.on('error', () => undefined);
    client.on('data', chunk => {
      passed += chunk.length;
      upstream.write(chunk);
      if (passed < octets) return;
      client.resetAndDestroy();
      upstream.end();
    });
    client.on('end', () => upstream.end());
    upstream.pipe(client);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  return {
    uri: `ipp://127.0.0.1:${port}${printer.pathname}`,
    stop: () => new Promise(resolve => server.close(() => resolve())),
  };
}
