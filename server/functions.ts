import { randomUUID } from 'node:crypto';
import type { Context } from 'aws-lambda';
import { type FunctionName, functions } from '../shared/protocol/service-table.ts';

export type Handler = (event: unknown, context: Context) => Promise<unknown>;

const loaded = new Map<FunctionName, Promise<Handler>>();

/** The exported handler of a function's entry, the same one that is bundled for Lambda; loaded on first use. */
async function handlerOf(name: FunctionName): Promise<Handler> {
  const known = loaded.get(name) ?? import(`../functions/${name}.ts`).then(entry => entry.handler as Handler);
  loaded.set(name, known);
  return await known;
}

/** Calls a function as Lambda would. The function's time limit is the caller's to keep. */
export async function callFunction(name: FunctionName, event: unknown): Promise<unknown> {
  const handler = await handlerOf(name);
  return await handler(event, contextOf(name));
}

function contextOf(name: FunctionName): Context {
  const end = Date.now() + functions[name].timeoutSeconds * 1000;
  const nothing = () => {};
  return {
    callbackWaitsForEmptyEventLoop: false,
    functionName: name,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:local:0:function:${name}`,
    memoryLimitInMB: String(functions[name].memoryMegabytes),
    awsRequestId: randomUUID(),
    logGroupName: name,
    logStreamName: name,
    getRemainingTimeInMillis: () => end - Date.now(),
    done: nothing,
    fail: nothing,
    succeed: nothing,
  };
}
