import { randomBytes } from 'node:crypto';
import { BatchGetItemCommand, type DynamoDBClient, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Item, Table } from '../../../../../shared/adapters/aws/dynamo/dynamo.ts';
import { itemOf, jobIn } from '../../../../../shared/adapters/aws/dynamo/job-items.ts';
import { jobItem, shardOf } from '../../../../../shared/adapters/aws/dynamo/table.ts';
import type { JobId } from '../../../../../shared/core/domain/ids.ts';
import type { Job } from '../../../../../shared/core/domain/job.ts';
import type { JobStore } from '../../../../../shared/core/ports/index.ts';

/** How long a request occupies the sweep: its latency, divided by the requests at the same time. */
const requestMilliseconds = 0.6;

/**
 * DynamoDB's table of jobs in memory, as far as the sweep uses it. Each request takes time on the clock of the test.
 */
export class JobsInMemory {
  readonly items = new Map<string, Item>();
  readonly #found = new Map<string | undefined, Item[]>();
  readonly #wait: (milliseconds: number) => void;
  moves = 0;

  constructor(wait: (milliseconds: number) => void) {
    this.#wait = wait;
  }

  get table(): Table {
    return { name: 'jobs', client: { send: (command: object) => this.#send(command) } as unknown as DynamoDBClient };
  }

  put(job: Job, lookAt = job.dueAt): void {
    this.items.set(jobItem(job.id).pk, { ...itemOf(job, 'test'), lookAt: { N: String(lookAt) } });
  }

  /** Copies of a job whose looks are early. Only the index and the attribute `due` know these ids. */
  putEarlyLooks(job: Job, count: number, lookAt: number): void {
    const item = { ...itemOf(job, 'test'), lookAt: { N: String(lookAt) } };
    for (let index = 0; index < count; index++) {
      const id = randomBytes(16).toString('hex') as JobId;
      this.items.set(jobItem(id).pk, { ...item, pk: { S: jobItem(id).pk }, dueShard: { S: shardOf(id) } });
    }
  }

  /** Reads and saves whole jobs; the rest is the store's own. */
  over(store: JobStore): JobStore {
    return {
      ...store,
      get: async id => {
        const item = this.items.get(jobItem(id).pk);
        return item && jobIn(item);
      },
      save: async job => {
        const saved = { ...job, version: job.version + 1 };
        this.put(saved);
        return { saved };
      },
    };
  }

  async #send(command: object): Promise<object> {
    this.#wait(requestMilliseconds);
    if (command instanceof QueryCommand) return this.#query(command.input);
    if (command instanceof BatchGetItemCommand) return this.#read(command.input);
    if (command instanceof UpdateItemCommand) return this.#move(command.input);
    throw new Error('The sweep sends what this table does not know.');
  }

  #query({ ExpressionAttributeValues: values, Limit = 0, ExclusiveStartKey: from }: QueryCommand['input']): object {
    const { ':shard': shard, ':at': at } = values as Item;
    const start = Number(from?.offset?.N ?? 0);
    if (start === 0) this.#found.set(shard?.S, this.#entriesOf(shard?.S, Number(at?.N)));
    const found = this.#found.get(shard?.S) ?? [];
    const end = start + Limit;
    const LastEvaluatedKey = end < found.length ? { offset: { N: String(end) } } : undefined;
    return { Items: found.slice(start, end).map(({ pk, sk }) => ({ pk, sk })), LastEvaluatedKey };
  }

  #entriesOf(shard: string | undefined, at: number): Item[] {
    return [...this.items.values()]
      .filter(({ dueShard, lookAt }) => dueShard?.S === shard && Number(lookAt?.N) <= at)
      .sort((one, other) => Number(one.lookAt?.N) - Number(other.lookAt?.N));
  }

  #read({ RequestItems }: BatchGetItemCommand['input']): object {
    const { Keys = [], ProjectionExpression: names } = RequestItems?.jobs ?? {};
    const items = Keys.map(({ pk }) => this.items.get(pk?.S as string)).filter(item => item !== undefined);
    const cut = (item: Item) => Object.fromEntries((names as string).split(', ').map(name => [name, item[name]]));
    return { Responses: { jobs: names ? items.map(cut) : items } };
  }

  #move({ Key, ExpressionAttributeValues: values }: UpdateItemCommand['input']): object {
    const pk = Key?.pk?.S as string;
    this.items.set(pk, { ...this.items.get(pk), lookAt: values?.[':due'] as Item[string] });
    this.moves++;
    return {};
  }
}
