/*
 * The rooms of the project and the arrows between them: which rooms a room may import, besides itself. A room is a
 * folder; a file belongs to the deepest room above it. `everything` marks the rooms at the edge that put things together.
 */

export const everything = '*';

const core = ['shared/core/domain', 'shared/core/ports', 'shared/core/usecases', 'shared/protocol', 'shared/telemetry'];
/** Rooms of use cases that clients ask for. */
const clientUseCases = [
  'shared/core/usecases/accounts',
  'shared/core/usecases/documents',
  'shared/core/usecases/jobs',
  'shared/core/usecases/relays',
  'shared/core/usecases/uploads',
];
const adapter = ['shared/core/domain', 'shared/core/ports', 'shared/protocol', 'shared/telemetry'];
const conversion = [...adapter, 'shared/adapters/convert', 'shared/adapters/web'];

export const arrows: Record<string, string[]> = {
  'shared/core/domain': [],
  'shared/core/ports': ['shared/core/domain', 'shared/protocol'],
  'shared/core/usecases': [...core, ...clientUseCases],
  'shared/core/usecases/accounts': core,
  'shared/core/usecases/relays': core,
  'shared/core/usecases/uploads': core,
  'shared/core/usecases/jobs': [...core, 'shared/core/usecases/relays'],
  'shared/core/usecases/documents': [
    ...core,
    'shared/core/usecases/jobs',
    'shared/core/usecases/relays',
    'shared/core/usecases/uploads',
  ],
  'shared/core/usecases/upkeep': [...core, ...clientUseCases],
  'shared/protocol': ['shared/core/domain', 'shared/core/ports'],
  'shared/telemetry': ['shared/protocol', 'shared/core/domain', 'shared/core/ports'],
  'shared/ipp': ['shared/core/domain'],
  'shared/contracts': ['shared/core/domain', 'shared/protocol', 'shared/core/usecases', ...clientUseCases],
  'shared/handlers': [...adapter, 'shared/contracts', 'shared/core/usecases/accounts'],
  'shared/adapters/aws': [
    ...adapter,
    'shared/adapters/aws/dynamo',
    'shared/adapters/aws/iot',
    'shared/adapters/aws/s3',
    'shared/adapters/aws/sqs',
  ],
  'shared/adapters/aws/dynamo': [...adapter, 'shared/adapters/aws'],
  'shared/adapters/aws/s3': [...adapter, 'shared/adapters/aws', 'shared/adapters/aws/dynamo'],
  'shared/adapters/aws/sqs': [...adapter, 'shared/adapters/aws'],
  'shared/adapters/aws/iot': [...adapter, 'shared/adapters/aws'],
  'shared/adapters/embedded': [
    ...adapter,
    'shared/adapters/embedded/documents',
    'shared/adapters/embedded/queue',
    'shared/adapters/embedded/sqlite',
    'shared/adapters/embedded/uploads',
  ],
  'shared/adapters/embedded/sqlite': [...adapter, 'shared/adapters/embedded/documents'],
  'shared/adapters/embedded/documents': [
    ...adapter,
    'shared/adapters/embedded/sqlite',
    'shared/adapters/embedded/uploads',
  ],
  'shared/adapters/embedded/uploads': [
    ...adapter,
    'shared/adapters/embedded/documents',
    'shared/adapters/embedded/sqlite',
  ],
  'shared/adapters/embedded/queue': [...adapter, 'shared/adapters/embedded/sqlite'],
  'shared/adapters/embedded/mqtt': [...adapter, 'shared/adapters/embedded'],
  'shared/adapters/web': adapter,
  'shared/adapters/convert': [
    ...conversion,
    'shared/adapters/convert/browser',
    'shared/adapters/convert/kinds',
    'shared/adapters/convert/pdf',
  ],
  'shared/adapters/convert/kinds': [...conversion, 'shared/adapters/convert/page', 'shared/adapters/convert/pdf'],
  'shared/adapters/convert/page': [
    ...conversion,
    'shared/adapters/convert/browser',
    'shared/adapters/convert/fonts',
    'shared/adapters/convert/pdf',
  ],
  'shared/adapters/convert/pdf': conversion,
  'shared/adapters/convert/browser': [...conversion, 'shared/adapters/convert/fonts'],
  'shared/adapters/convert/fonts': conversion,
  'shared/client.ts': ['client'],
  client: [],
  console: ['client', 'shared/core/domain'],
  'console/bundle': [],
  functions: [
    '#app',
    'shared/handlers',
    'shared/protocol',
    'shared/adapters/convert',
    'shared/adapters/web',
    'shared/core/usecases',
    ...clientUseCases,
    'shared/core/usecases/upkeep',
  ],
  relay: [
    'relay/commands',
    'relay/ipp-client',
    'relay/link',
    'relay/printers',
    'relay/status',
    'shared/core/domain',
    'shared/protocol',
    'shared/telemetry',
  ],
  'relay/link': ['shared/protocol', 'shared/telemetry'],
  'relay/commands': [
    'relay',
    'relay/ipp-client',
    'relay/link',
    'relay/printers',
    'relay/status',
    'shared/core/domain',
    'shared/protocol',
    'shared/telemetry',
  ],
  'relay/status': ['shared/core/domain', 'shared/telemetry'],
  'relay/documents': [],
  'relay/ipp-client': ['shared/core/domain', 'shared/ipp'],
  'relay/printers': ['relay/documents', 'relay/ipp-client', 'shared/core/domain', 'shared/ipp', 'shared/protocol'],
  server: [everything],
  infra: ['shared/core/domain', 'shared/protocol', 'shared/contracts', 'shared/adapters/aws/dynamo'],
  cli: [
    'client',
    'shared/core/domain',
    'shared/core/ports',
    'shared/core/usecases/accounts',
    'shared/core/usecases/relays',
    'shared/protocol',
    'shared/adapters/aws',
    'shared/adapters/embedded',
    'shared/adapters/embedded/mqtt',
  ],
  scripts: [
    'console/bundle',
    'infra',
    'shared/protocol',
    'shared/adapters/aws',
    'shared/adapters/aws/s3',
    'shared/adapters/convert/fonts',
  ],
  doubles: [everything],
  bench: [everything],
};

/** Rooms that nothing but the named rooms imports. */
export const entrances: Record<string, string[]> = {
  functions: ['server'],
  server: ['doubles'],
  relay: ['doubles', 'relay/commands'],
  console: ['server', 'scripts'],
  doubles: ['bench'],
  bench: [],
  scripts: ['bench'],
  test: [],
};
