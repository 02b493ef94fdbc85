import type { Device, DeviceAttributes, PrinterState } from '../../shared/core/domain/printer.ts';
import { booleanOf, integerOf, integersOf, reasonsOf, textOf, textsOf, valuesOf } from '../../shared/ipp/attributes.ts';
import type { IppAttribute } from '../../shared/ipp/message.ts';
import { isSuccess, operations } from '../../shared/ipp/tags.ts';
import type { IppClient } from '../ipp-client/client.ts';
import { IppRefusal, reasonOf } from '../ipp-client/errors.ts';

const states = new Map<number | undefined, PrinterState>([
  [3, 'idle'],
  [4, 'processing'],
  [5, 'stopped'],
]);

const margins = ['media-bottom-margin', 'media-left-margin', 'media-right-margin', 'media-top-margin'] as const;
const requested = [
  'printer-state',
  'printer-state-reasons',
  'printer-uuid',
  'printer-info',
  'printer-make-and-model',
  'document-format-supported',
  'media-supported',
  'media-default',
  'media-source-supported',
  'media-col-default',
  'sides-supported',
  'color-supported',
  'printer-resolution-default',
  'operations-supported',
  'identify-actions-supported',
  ...margins.map(margin => `${margin}-supported`),
];

/** Describes a printer for the registry. Never throws: an error becomes the state reason. */
export async function describeIpp(deviceId: string, client: IppClient, signal: AbortSignal): Promise<Device> {
  const answer = await client.getPrinterAttributes(requested, signal).catch(error => error as Error);
  if (answer instanceof Error || !isSuccess(answer.status)) {
    const error = answer instanceof Error ? answer : new IppRefusal(answer.message);
    return { deviceId, scheme: 'ipp', attributes: {}, state: 'unknown', stateReasons: reasonOf(error).reasons };
  }
  const { printer } = answer;
  return {
    deviceId,
    scheme: 'ipp',
    attributes: attributesOf(printer),
    state: states.get(integerOf(printer, 'printer-state')) ?? 'unknown',
    stateReasons: reasonsOf(printer, 'printer-state-reasons'),
  };
}

function attributesOf(printer: IppAttribute[]): DeviceAttributes {
  const resolution = valuesOf(printer, 'printer-resolution-default').find(value => value.syntax === 'resolution');
  const canIdentify = integersOf(printer, 'operations-supported').includes(operations.identifyPrinter);
  const attributes: DeviceAttributes = {
    'printer-uuid': textOf(printer, 'printer-uuid'),
    'printer-info': textOf(printer, 'printer-info'),
    'printer-make-and-model': textOf(printer, 'printer-make-and-model'),
    'document-format-supported': listOf(printer, 'document-format-supported'),
    'media-supported': listOf(printer, 'media-supported'),
    'media-default': textOf(printer, 'media-default'),
    'media-source-supported': listOf(printer, 'media-source-supported'),
    'sides-supported': listOf(printer, 'sides-supported'),
    'color-supported': booleanOf(printer, 'color-supported'),
    'printer-resolution-default': resolution && { x: resolution.x, y: resolution.y },
    'identify-actions-supported': canIdentify ? textsOf(printer, 'identify-actions-supported') : undefined,
    ...Object.fromEntries(margins.map(margin => [margin, marginOf(printer, margin)])),
  };
  // what is absent is left out, so that a device travels as JSON unchanged
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}

function listOf(printer: IppAttribute[], name: string): string[] | undefined {
  const texts = textsOf(printer, name);
  return texts.length > 0 ? texts : undefined;
}

/** Of the medium that is in it; else the least that the printer can do. */
function marginOf(printer: IppAttribute[], margin: string): number | undefined {
  const [medium] = valuesOf(printer, 'media-col-default');
  const ofMedium = medium?.syntax === 'collection' ? integerOf(medium.members, margin) : undefined;
  const [least] = integersOf(printer, `${margin}-supported`).toSorted((a, b) => a - b);
  return ofMedium ?? least;
}
